//! Writes to Kafka: plans, routes and dead letters.
//!
//! Each write is waited for, with a limit: who asks tries again, so nothing is kept in memory for a broker that is away.

use delivery_kafka::context::Context;
use delivery_kafka::{ConnectionError, KafkaConfig, writer};
use delivery_messages::{DeadLetter, Topic};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::{Header, OwnedHeaders};
use rdkafka::producer::{FutureProducer, FutureRecord, Producer};
use rdkafka::util::Timeout;
use std::sync::{PoisonError, RwLock};
use std::time::Duration;

/// How long a record may take; less than a reconciliation.
const LIMIT: &str = "10000";
/// How long a record may wait for a place in the queue.
const QUEUE: Duration = Duration::from_secs(2);
/// How long the last records may take when the process ends.
const FLUSH: Duration = Duration::from_secs(5);

/// Why a record was not written.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// Kafka did not take it in time, or refused it.
    #[error("Kafka did not take a record for the topic {topic}: {source}.")]
    Refused {
        /// The topic's full name.
        topic: String,
        /// What the client says.
        source: KafkaError,
    },
    /// The record cannot be written as JSON.
    #[error("A record for the topic {topic} cannot be written as JSON: {source}.")]
    Encode {
        /// The topic's full name.
        topic: String,
        /// What the encoder says.
        source: serde_json::Error,
    },
    /// The producer broke and no other could be made.
    #[error(transparent)]
    Connection(#[from] ConnectionError),
}

/// The writer of one process.
pub struct Log {
    config: KafkaConfig,
    producer: RwLock<FutureProducer<Context>>,
}

impl Log {
    /// Connects, without waiting for Kafka.
    ///
    /// # Errors
    /// When the settings cannot be used.
    pub fn open(config: &KafkaConfig) -> Result<Self, ConnectionError> {
        Ok(Self { config: config.clone(), producer: RwLock::new(producer(config)?) })
    }

    /// Writes a message and waits until all replicas have it.
    ///
    /// # Errors
    /// When Kafka does not take it within ten seconds. It may be there all the same: writing it again is harmless.
    pub async fn write<T: serde::Serialize>(&self, topic: Topic, key: &str, message: &T) -> Result<(), WriteError> {
        let name = self.config.topic(topic);
        let value =
            delivery_messages::encode(message).map_err(|source| WriteError::Encode { topic: name.clone(), source })?;
        self.send(&name, key, &value, writer::headers()).await
    }

    /// Writes a record that could not be used where people look for such records.
    ///
    /// # Errors
    /// As [`Log::write`].
    pub async fn bury(&self, letter: &DeadLetter<'_>) -> Result<(), WriteError> {
        let name = self.config.topic(Topic::DeadLetters);
        let headers = letter.headers();
        let headers = headers.iter().fold(OwnedHeaders::new_with_capacity(headers.len()), |all, (key, value)| {
            all.insert(Header { key, value: Some(value) })
        });
        self.send(&name, &letter.key(), letter.kept(), headers).await
    }

    async fn send(&self, topic: &str, key: &str, value: &[u8], headers: OwnedHeaders) -> Result<(), WriteError> {
        let record = FutureRecord::to(topic).key(key).payload(value).headers(headers);
        let producer = self.producer.read().unwrap_or_else(PoisonError::into_inner).clone();
        let sent = producer.send(record, Timeout::After(QUEUE)).await;
        let Err((source, _)) = sent else { return Ok(()) };
        if source.rdkafka_error_code() == Some(RDKafkaErrorCode::Fatal) || producer.client().fatal_error().is_some() {
            tracing::warn!(topic, error = %source, "The Kafka producer broke; another takes its place.");
            *self.producer.write().unwrap_or_else(PoisonError::into_inner) = self::producer(&self.config)?;
        }
        Err(WriteError::Refused { topic: topic.to_owned(), source })
    }

    /// Waits for what is still on its way, for at most five seconds.
    pub fn close(&self) {
        let producer = self.producer.read().unwrap_or_else(PoisonError::into_inner).clone();
        if let Err(error) = producer.flush(FLUSH) {
            tracing::warn!(%error, "The last records may not have reached Kafka.");
        }
    }
}

fn producer(config: &KafkaConfig) -> Result<FutureProducer<Context>, ConnectionError> {
    let mut settings = writer::settings(config, "code-delivery-operator")?;
    settings.set("message.timeout.ms", LIMIT);
    Ok(settings.create_with_context(Context)?)
}
