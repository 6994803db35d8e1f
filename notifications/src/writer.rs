//! Writes records to Kafka, each until all replicas have it or a time limit has passed.
//!
//! Nothing is retried here: what has to be written is in the database or in Kafka, and whoever wanted it written asks again.

use std::sync::{Arc, RwLock};
use std::time::Duration;

use delivery_kafka::connect::context::{Context, why_away};
use delivery_kafka::connect::revival;
use delivery_kafka::write::writer;
use delivery_kafka::{ConnectionError, DeadLetterRecord, KafkaConfig};
use delivery_messages::{DeadLetter, Topic};
use delivery_observability::locks;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::OwnedHeaders;
use rdkafka::producer::{FutureProducer, FutureRecord, Producer};
use rdkafka::util::Timeout;
use serde::Serialize;

/// The time limit of a record in milliseconds.
const LIMIT: &str = "10000";
/// How long a record may wait for room in the producer's queue.
const QUEUE: Duration = Duration::from_secs(2);
const PURPOSE: &str = "code-delivery-notifications";

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
}

/// The producer of the process.
pub(crate) struct Writer {
    config: KafkaConfig,
    producer: RwLock<Arc<FutureProducer<Context>>>,
}

impl Writer {
    /// Opens the producer, without waiting for Kafka.
    ///
    /// # Errors
    /// When the settings cannot be used.
    pub(crate) fn open(config: &KafkaConfig) -> Result<Self, ConnectionError> {
        Ok(Self { config: config.clone(), producer: RwLock::new(producer(config)?) })
    }

    /// Writes a message, and waits until all replicas have it.
    ///
    /// # Errors
    /// When Kafka does not acknowledge it within ten seconds. It may have been written anyway.
    pub(crate) async fn write<T: Serialize + Sync>(
        &self,
        topic: Topic,
        key: &str,
        message: &T,
        trace: Option<&str>,
    ) -> Result<(), WriteError> {
        let name = self.config.topic(topic);
        let value =
            delivery_messages::encode(message).map_err(|source| WriteError::Encode { topic: name.clone(), source })?;
        self.send(name, key, &value, writer::traced(trace)).await
    }

    /// Writes a dead letter.
    ///
    /// # Errors
    /// As [`Writer::write`].
    pub(crate) async fn dead_letter(&self, letter: &DeadLetter<'_>) -> Result<(), WriteError> {
        let record = DeadLetterRecord::from(letter);
        self.send(self.config.topic(Topic::DeadLetters), &record.key, &record.value, record.owned_headers()).await
    }

    /// Whether Kafka responds. Blocks for at most `limit`.
    ///
    /// # Errors
    /// What is wrong and what to check, as sentences.
    pub(crate) fn ping(&self, limit: Duration) -> Result<(), String> {
        let topic = self.config.topic(Topic::SendNotification);
        let producer = locks::read(&self.producer).clone();
        producer.client().fetch_metadata(Some(&topic), limit).map(drop).map_err(|error| why_away(&error))
    }

    async fn send(&self, topic: String, key: &str, value: &[u8], headers: OwnedHeaders) -> Result<(), WriteError> {
        let record = FutureRecord::to(&topic).key(key).payload(value).headers(headers);
        let producer = locks::read(&self.producer).clone();
        let sent = producer.send(record, Timeout::After(QUEUE)).await;
        let Err((source, _)) = sent else { return Ok(()) };
        if source.rdkafka_error_code() == Some(RDKafkaErrorCode::Fatal) || producer.client().fatal_error().is_some() {
            tracing::warn!(topic, error = %source, "The Kafka producer failed; replacing it.");
            match self::producer(&self.config) {
                Ok(new) => *locks::write(&self.producer) = new,
                Err(error) => tracing::error!(%error, "Cannot replace the Kafka producer."),
            }
        }
        Err(WriteError::Refused { topic, source })
    }
}

fn producer(config: &KafkaConfig) -> Result<Arc<FutureProducer<Context>>, ConnectionError> {
    let mut settings = writer::settings(config, PURPOSE)?;
    settings.set("message.timeout.ms", LIMIT);
    Ok(revival::open(&settings, Context)?)
}
