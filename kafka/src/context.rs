//! What a client of ours says in the log of its own accord.

use rdkafka::ClientContext;
use rdkafka::consumer::ConsumerContext;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How long the same problem is not said again, by whichever client of the process.
const QUIET: Duration = Duration::from_secs(10);

/// By the number of the code.
static SAID: Mutex<Option<HashMap<i32, Instant>>> = Mutex::new(None);

/// A context that warns of trouble, each kind at most every ten seconds, and keeps quiet about the end of a partition,
/// which is no trouble.
#[derive(Clone, Copy, Debug, Default)]
pub struct Context;

impl ClientContext for Context {
    fn error(&self, error: KafkaError, reason: &str) {
        let code = match error {
            KafkaError::PartitionEOF(_) => RDKafkaErrorCode::PartitionEOF,
            ref other => other.rdkafka_error_code().unwrap_or(RDKafkaErrorCode::Unknown),
        };
        let mut said = SAID.lock().unwrap_or_else(PoisonError::into_inner);
        if is_news(code, said.get_or_insert_default(), Instant::now()) {
            tracing::warn!(%error, reason, "Kafka's client reports a problem; it tries again by itself.");
        }
    }
}

impl ConsumerContext for Context {}

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
}
