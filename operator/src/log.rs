//! Writes to Kafka: plans, routes and dead letters.
//!
//! Each write is waited for, with a limit: who asks tries again, so nothing is kept in memory for a broker that is away.

use crate::tenure::{NotLeading, Tenure};
use delivery_kafka::context::Context;
use delivery_kafka::{ConnectionError, KafkaConfig, revival, writer};
use delivery_messages::{DeadLetter, TRACEPARENT_HEADER, Topic};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::{Header, OwnedHeaders};
use rdkafka::producer::{FutureProducer, FutureRecord, Producer};
use rdkafka::util::Timeout;
use std::sync::{Arc, PoisonError, RwLock};
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
    /// Another process may lead by now.
    #[error(transparent)]
    NotLeading(#[from] NotLeading),
}

/// The writer of one process.
pub struct Log {
    config: KafkaConfig,
    tenure: Tenure,
    producer: RwLock<Arc<FutureProducer<Context>>>,
}

impl Log {
    /// Connects, without waiting for Kafka. It writes only while the tenure lasts.
    ///
    /// # Errors
    /// When the settings cannot be used.
    pub fn open(config: &KafkaConfig, tenure: Tenure) -> Result<Self, ConnectionError> {
        Ok(Self { config: config.clone(), tenure, producer: RwLock::new(producer(config)?) })
    }

    /// Writes a message, in a trace if it belongs to one, and waits until all replicas have it.
    ///
    /// # Errors
    /// When Kafka does not take it within ten seconds. It may be there all the same: writing it again is harmless.
    pub async fn write<T: serde::Serialize>(
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
    /// As [`Log::write`].
    pub async fn remove(&self, topic: Topic, key: &str) -> Result<(), WriteError> {
        self.send(&self.config.topic(topic), key, None, OwnedHeaders::new()).await
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
        self.send(&name, &letter.key(), Some(letter.kept()), headers).await
    }

    async fn send(
        &self,
        topic: &str,
        key: &str,
        value: Option<&[u8]>,
        headers: OwnedHeaders,
    ) -> Result<(), WriteError> {
        if !self.tenure.holds() {
            return Err(NotLeading.into());
        }
        let record = FutureRecord { payload: value, ..FutureRecord::to(topic).key(key).headers(headers) };
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

fn producer(config: &KafkaConfig) -> Result<Arc<FutureProducer<Context>>, ConnectionError> {
    let mut settings = writer::settings(config, "code-delivery-operator")?;
    settings.set("message.timeout.ms", LIMIT);
    Ok(revival::open(&settings, Context)?)
}
