//! Writes records to Kafka.
//!
//! Each write waits for its acknowledgement, within a time limit. The caller retries, so nothing piles up in memory while the brokers
//! are down.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, RwLock};
use std::time::Duration;

use delivery_kafka::connect::context::Context;
use delivery_kafka::connect::revival;
use delivery_kafka::write::writer;
use delivery_kafka::{ConnectionError, DeadLetterRecord, KafkaConfig};
use delivery_messages::{DeadLetter, TRACEPARENT_HEADER, Topic};
use delivery_observability::locks;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::{Header, OwnedHeaders};
use rdkafka::producer::{FutureProducer, FutureRecord, Producer};
use rdkafka::util::Timeout;

use crate::leadership::guard::{LeadershipGuard, NotLeading};

/// The time limit of a record in milliseconds; less than that of a reconciliation.
const LIMIT: &str = "10000";
/// How long a record may wait for room in the producer's queue.
const QUEUE: Duration = Duration::from_secs(2);
/// How long to wait for the last records when the process ends.
const FLUSH: Duration = Duration::from_secs(5);

/// Why a record was not written.
#[derive(Debug, thiserror::Error)]
pub(crate) enum WriteError {
    /// Kafka refused it, or did not acknowledge it in time.
    #[error("Kafka did not accept a record for the topic {topic}: {source}.")]
    Refused {
        /// The topic's full name.
        topic: String,
        source: KafkaError,
    },
    /// It cannot be encoded.
    #[error("A record for the topic {topic} cannot be encoded as JSON: {source}.")]
    Encode {
        /// The topic's full name.
        topic: String,
        source: serde_json::Error,
    },
    /// The producer failed and could not be replaced.
    #[error(transparent)]
    Connection(#[from] ConnectionError),
    /// Another process may lead by now.
    #[error(transparent)]
    NotLeading(#[from] NotLeading),
}

impl WriteError {
    /// Whether the record itself is at fault, so that Kafka would refuse it again.
    #[must_use]
    pub(crate) fn is_the_records(&self) -> bool {
        use RDKafkaErrorCode::{InvalidRecord, MessageSizeTooLarge, PolicyViolation};
        match self {
            Self::Refused { source, .. } => {
                let code = source.rdkafka_error_code();
                matches!(code, Some(MessageSizeTooLarge | InvalidRecord | PolicyViolation))
            }
            Self::Encode { .. } => true,
            Self::Connection(_) | Self::NotLeading(_) => false,
        }
    }
}

/// The writer of one process.
pub(crate) struct Writer {
    config: KafkaConfig,
    guard: LeadershipGuard,
    producer: RwLock<Arc<FutureProducer<Context>>>,
    accepted: AtomicU64,
}

impl Writer {
    /// Opens the producer, without waiting for Kafka. It writes only while the guard holds.
    ///
    /// # Errors
    /// When the settings cannot be used.
    pub(crate) fn open(config: &KafkaConfig, guard: LeadershipGuard) -> Result<Self, ConnectionError> {
        Ok(Self {
            config: config.clone(),
            guard,
            producer: RwLock::new(producer(config)?),
            accepted: AtomicU64::new(0),
        })
    }

    /// Writes a message, with its trace context if it has one, and waits until all replicas have it.
    ///
    /// # Errors
    /// When Kafka does not acknowledge it within ten seconds. It may have been written anyway; writing it again is harmless.
    pub(crate) async fn write<T: serde::Serialize>(
        &self,
        topic: Topic,
        key: &str,
        message: &T,
        trace: Option<&str>,
    ) -> Result<(), WriteError> {
        let name = self.config.topic(topic);
        let value =
            delivery_messages::encode(message).map_err(|source| WriteError::Encode { topic: name.clone(), source })?;
        let headers = writer::headers();
        let headers = match trace {
            Some(_) => headers.insert(Header { key: TRACEPARENT_HEADER, value: trace }),
            None => headers,
        };
        self.send(&name, key, Some(&value), headers).await
    }

    /// Writes a tombstone: compaction removes the key.
    ///
    /// # Errors
    /// As [`Writer::write`].
    pub(crate) async fn remove(&self, topic: Topic, key: &str) -> Result<(), WriteError> {
        self.send(&self.config.topic(topic), key, None, OwnedHeaders::new()).await
    }

    /// Writes a dead letter.
    ///
    /// # Errors
    /// As [`Writer::write`].
    pub(crate) async fn dead_letter(&self, letter: &DeadLetter<'_>) -> Result<(), WriteError> {
        let name = self.config.topic(Topic::DeadLetters);
        let record = DeadLetterRecord::from(letter);
        self.send(&name, &record.key, Some(&record.value), record.owned_headers()).await
    }

    /// How many records Kafka has accepted, as a sign that it works.
    #[must_use]
    pub(crate) fn accepted(&self) -> u64 {
        self.accepted.load(Ordering::Relaxed)
    }

    /// The producer, to ask Kafka something.
    #[must_use]
    pub(crate) fn producer(&self) -> Arc<FutureProducer<Context>> {
        locks::read(&self.producer).clone()
    }

    async fn send(
        &self,
        topic: &str,
        key: &str,
        value: Option<&[u8]>,
        headers: OwnedHeaders,
    ) -> Result<(), WriteError> {
        if !self.guard.holds() {
            return Err(NotLeading.into());
        }
        let record = FutureRecord { payload: value, ..FutureRecord::to(topic).key(key).headers(headers) };
        let producer = self.producer();
        let sent = producer.send(record, Timeout::After(QUEUE)).await;
        let Err((source, _)) = sent else {
            self.accepted.fetch_add(1, Ordering::Relaxed);
            return Ok(());
        };
        if source.rdkafka_error_code() == Some(RDKafkaErrorCode::Fatal) || producer.client().fatal_error().is_some() {
            tracing::warn!(topic, error = %source, "The Kafka producer failed; replacing it.");
            *locks::write(&self.producer) = self::producer(&self.config)?;
        }
        Err(WriteError::Refused { topic: topic.to_owned(), source })
    }

    /// Waits for the records in flight, for at most five seconds.
    pub(crate) fn close(&self) {
        let producer = self.producer();
        if let Err(error) = producer.flush(FLUSH) {
            tracing::warn!(%error, "The last records may not have reached Kafka.");
        }
    }
}

fn producer(config: &KafkaConfig) -> Result<Arc<FutureProducer<Context>>, ConnectionError> {
    let mut settings = writer::settings(config, "code-delivery-operator")?;
    settings.set("message.timeout.ms", LIMIT);
    Ok(revival::open(&settings, Context)?)
}
