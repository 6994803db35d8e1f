//! What a client of ours says in the log of its own accord.

use rdkafka::ClientContext;
use rdkafka::consumer::ConsumerContext;
use rdkafka::error::KafkaError;

/// A context that warns of trouble, and keeps quiet about the end of a partition, which is no trouble.
#[derive(Clone, Copy, Debug, Default)]
pub struct Context;

impl ClientContext for Context {
    fn error(&self, error: KafkaError, reason: &str) {
        if !matches!(error, KafkaError::PartitionEOF(_)) && !is_end(&error) {
            tracing::warn!(%error, reason, "Kafka's client reports a problem; it tries again by itself.");
        }
    }
}

impl ConsumerContext for Context {}

fn is_end(error: &KafkaError) -> bool {
    error.rdkafka_error_code() == Some(rdkafka::error::RDKafkaErrorCode::PartitionEOF)
}
