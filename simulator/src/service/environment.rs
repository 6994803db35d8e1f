//! What a run needs besides the deliveries, and why it may end before they do.

use std::time::Duration;

use delivery_kafka::{ConnectionError, KafkaConfig, ReadError};
use delivery_observability::Health;
use rdkafka::error::KafkaError;

use crate::metrics::Metrics;
use crate::service::clock::Clock;

/// The requirement for readiness that is met once the log has been read.
pub(crate) const REQUIREMENT: &str = "log";

/// How long the loop may take to come round, which it does once a second, however long the interval is and whether or not Kafka is there.
pub const LOOP_LIMIT: Duration = Duration::from_secs(30);

/// Why a run cannot go on.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The settings of the connection cannot be used.
    #[error(transparent)]
    Connection(#[from] ConnectionError),
    /// The log cannot be read, and waiting will not help.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// A message cannot be written as JSON.
    #[error("Cannot write a record as JSON: {0}.")]
    Encode(#[from] serde_json::Error),
}

/// What a run needs besides the deliveries.
#[derive(Clone)]
pub struct Environment {
    /// How to reach Kafka.
    pub kafka: KafkaConfig,
    /// The process's metrics.
    pub metrics: Metrics,
    /// The process's readiness and dependencies.
    pub health: Health,
    /// What the vehicles are driven by.
    pub clock: Clock,
    /// How long the driving loop may take to come round; [`LOOP_LIMIT`], except in tests.
    pub loop_limit: Duration,
}

impl Environment {
    /// From here on the process is not ready until [`crate::service::run::run`] has read the log.
    #[must_use]
    pub fn new(kafka: KafkaConfig, metrics: Metrics, health: Health) -> Self {
        health.require(REQUIREMENT, "Reading from Kafka where to resume each delivery.");
        Self { kafka, metrics, health, clock: Clock::default(), loop_limit: LOOP_LIMIT }
    }
}

/// Why a producer ended before the deliveries did.
pub(crate) enum Failure {
    /// A write failed for good; another producer may do better.
    Producer(KafkaError),
    /// Nothing will help.
    Final(RunError),
}

impl<E: Into<RunError>> From<E> for Failure {
    fn from(error: E) -> Self {
        Self::Final(error.into())
    }
}
