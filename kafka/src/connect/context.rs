//! The callbacks of our clients: they log problems, and remember why a broker refused a client.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use rdkafka::ClientContext;
use rdkafka::consumer::ConsumerContext;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};

use crate::connect::{revival, statistics};

/// How long the same problem is not logged again, whichever client of the process reports it.
const QUIET: Duration = Duration::from_secs(10);

/// How long a refusal explains why Kafka cannot be used. A client that is refused retries, and reports it at least this often.
const REMEMBERED: Duration = Duration::from_mins(1);

/// When each kind of problem was last logged, by the number of the error code.
static LOGGED: Mutex<Option<HashMap<i32, Instant>>> = Mutex::new(None);
/// How a broker last refused a client of this process, and when.
static REFUSED: Mutex<Option<(String, Instant)>> = Mutex::new(None);

/// A context that logs problems, each kind at most every ten seconds. The end of a partition is not a problem.
#[derive(Clone, Copy, Debug, Default)]
pub struct Context;

impl ClientContext for Context {
    fn error(&self, error: KafkaError, reason: &str) {
        revival::on_error(&error);
        let code = match error {
            KafkaError::PartitionEOF(_) => RDKafkaErrorCode::PartitionEOF,
            ref other => other.rdkafka_error_code().unwrap_or(RDKafkaErrorCode::Unknown),
        };
        if is_refusal(code) {
            *REFUSED.lock().unwrap_or_else(PoisonError::into_inner) = Some((reason.to_owned(), Instant::now()));
        }
        let mut logged = LOGGED.lock().unwrap_or_else(PoisonError::into_inner);
        if is_due(code, logged.get_or_insert_default(), Instant::now()) {
            tracing::warn!(%error, reason, "Kafka client error; the client retries by itself.");
        }
    }

    fn stats_raw(&self, report: &[u8]) {
        statistics::note(report);
    }
}

impl ConsumerContext for Context {}

/// Why Kafka cannot be used, and what to check, as sentences. To a request, a broker that refuses a client looks like one that is
/// down.
#[must_use]
pub fn why_away(error: &KafkaError) -> String {
    let refused = REFUSED.lock().unwrap_or_else(PoisonError::into_inner);
    let recent = refused.as_ref().filter(|(_, when)| when.elapsed() < REMEMBERED);
    sentence(recent.map(|(reason, _)| reason.as_str()), error)
}

fn sentence(refusal: Option<&str>, error: &KafkaError) -> String {
    match refusal {
        Some(reason) => format!(
            "Kafka refuses the connection: {}. Check the user, the password and the certificates in the Secret of the Kafka properties.",
            reason.trim_end_matches('.')
        ),
        None => format!("Kafka does not answer: {error}. Check kafka.bootstrapServers and the network."),
    }
}

/// Whether a broker answered, and refused.
const fn is_refusal(code: RDKafkaErrorCode) -> bool {
    matches!(
        code,
        RDKafkaErrorCode::Authentication | RDKafkaErrorCode::SaslAuthenticationFailed | RDKafkaErrorCode::SSL
    )
}

fn is_due(code: RDKafkaErrorCode, logged: &mut HashMap<i32, Instant>, now: Instant) -> bool {
    if code == RDKafkaErrorCode::PartitionEOF || logged.get(&(code as i32)).is_some_and(|last| now - *last < QUIET) {
        return false;
    }
    logged.insert(code as i32, now);
    true
}

#[cfg(test)]
#[path = "tests/context.rs"]
mod tests;
