//! What a client of ours says of its own accord: trouble in the log, and to who asks why Kafka is away.

use crate::revival;
use rdkafka::ClientContext;
use rdkafka::consumer::ConsumerContext;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How long the same problem is not said again, by whichever client of the process.
const QUIET: Duration = Duration::from_secs(10);

/// How long a refusal explains why Kafka is away. A client that is refused tries again, and says so at least this often.
const REMEMBERED: Duration = Duration::from_mins(1);

/// By the number of the code.
static SAID: Mutex<Option<HashMap<i32, Instant>>> = Mutex::new(None);
/// How a broker last refused a client of this process, and when.
static REFUSED: Mutex<Option<(String, Instant)>> = Mutex::new(None);

/// A context that warns of trouble, each kind at most every ten seconds, and keeps quiet about the end of a partition,
/// which is no trouble.
#[derive(Clone, Copy, Debug, Default)]
pub struct Context;

impl ClientContext for Context {
    fn error(&self, error: KafkaError, reason: &str) {
        revival::heed(&error);
        let code = match error {
            KafkaError::PartitionEOF(_) => RDKafkaErrorCode::PartitionEOF,
            ref other => other.rdkafka_error_code().unwrap_or(RDKafkaErrorCode::Unknown),
        };
        if is_refusal(code) {
            *REFUSED.lock().unwrap_or_else(PoisonError::into_inner) = Some((reason.to_owned(), Instant::now()));
        }
        let mut said = SAID.lock().unwrap_or_else(PoisonError::into_inner);
        if is_news(code, said.get_or_insert_default(), Instant::now()) {
            tracing::warn!(%error, reason, "Kafka's client reports a problem; it tries again by itself.");
        }
    }
}

impl ConsumerContext for Context {}

/// Why Kafka cannot be used, and what to look at, as sentences: a broker that refuses a client looks to a request like one
/// that is away.
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

/// Whether a broker answered, and said no.
const fn is_refusal(code: RDKafkaErrorCode) -> bool {
    matches!(
        code,
        RDKafkaErrorCode::Authentication | RDKafkaErrorCode::SaslAuthenticationFailed | RDKafkaErrorCode::SSL
    )
}

fn is_news(code: RDKafkaErrorCode, said: &mut HashMap<i32, Instant>, now: Instant) -> bool {
    if code == RDKafkaErrorCode::PartitionEOF || said.get(&(code as i32)).is_some_and(|last| now - *last < QUIET) {
        return false;
    }
    said.insert(code as i32, now);
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_is_said_once_in_a_while_and_an_end_never() {
        let (mut said, now) = (HashMap::new(), Instant::now());
        assert!(is_news(RDKafkaErrorCode::AllBrokersDown, &mut said, now));
        assert!(!is_news(RDKafkaErrorCode::AllBrokersDown, &mut said, now + QUIET / 2));
        assert!(is_news(RDKafkaErrorCode::Authentication, &mut said, now + QUIET / 2));
        assert!(is_news(RDKafkaErrorCode::AllBrokersDown, &mut said, now + QUIET));
        assert!(!is_news(RDKafkaErrorCode::PartitionEOF, &mut said, now));
    }

    #[test]
    fn a_refusal_is_told_with_its_reason_and_the_place_of_the_password() {
        let error = KafkaError::MetadataFetch(RDKafkaErrorCode::BrokerTransportFailure);
        let context = Context;
        assert!(why_away(&error).starts_with("Kafka does not answer: "), "{}", why_away(&error));
        context.error(KafkaError::Global(RDKafkaErrorCode::AllBrokersDown), "1/1 brokers are down");
        assert!(why_away(&error).contains("kafka.bootstrapServers"));
        context.error(
            KafkaError::Global(RDKafkaErrorCode::Authentication),
            "SASL authentication error: Authentication failed.",
        );
        assert_eq!(
            why_away(&error),
            "Kafka refuses the connection: SASL authentication error: Authentication failed. \
             Check the user, the password and the certificates in the Secret of the Kafka properties."
        );
    }
}
