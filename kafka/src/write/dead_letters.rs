//! Sends records that could not be used to the topic `dead-letters`.
//!
//! What a dead letter consists of is left to `delivery-messages`; which record becomes one, to the one service that reads the record's topic in
//! a consumer group.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use delivery_messages::DeadLetter;
use rdkafka::error::KafkaError;
use rdkafka::message::{Header, OwnedHeaders};
use rdkafka::producer::{FutureProducer, FutureRecord, Producer};
use rdkafka::util::Timeout;
use rdkafka::{ClientConfig, ClientContext};

use crate::connect::connection::{ConnectionError, KafkaConfig};
use crate::connect::context::Context;
use crate::connect::revival;
use crate::write::writer;

/// How long Kafka may take to acknowledge a dead letter, milliseconds.
const LIMIT_MILLISECONDS: &str = "30000";
/// The pause before a dead letter is sent again.
const PAUSE: Duration = Duration::from_secs(1);

/// A dead letter as a record of its own, which outlives the record that it is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeadLetterRecord {
    /// `topic/partition/offset` of the record that could not be used.
    pub key: String,
    /// That record's value, cut at [`delivery_messages::records::dead_letter::MAX_VALUE`] bytes.
    pub value: Vec<u8>,
    /// Why it could not be used, by whom, and how long it was.
    pub headers: Vec<(&'static str, String)>,
}

impl From<&DeadLetter<'_>> for DeadLetterRecord {
    fn from(letter: &DeadLetter<'_>) -> Self {
        Self { key: letter.key(), value: letter.kept().to_vec(), headers: letter.headers() }
    }
}

impl DeadLetterRecord {
    /// The headers as Kafka's client takes them, in their order.
    #[must_use]
    pub fn owned_headers(&self) -> OwnedHeaders {
        let empty = OwnedHeaders::new_with_capacity(self.headers.len());
        self.headers.iter().fold(empty, |all, (key, value)| all.insert(Header { key, value: Some(value) }))
    }

    /// Sends it to `topic`, the full name of `dead-letters`, and waits until Kafka has it. `queue` is how long it may wait for room in
    /// the producer's queue; after that the producer's own `message.timeout.ms` applies.
    ///
    /// # Errors
    /// When Kafka does not take it in time. It may have arrived anyway: sending it again is harmless, since its key is the same.
    pub async fn send<C: ClientContext + 'static>(
        &self,
        producer: &FutureProducer<C>,
        topic: &str,
        queue: Timeout,
    ) -> Result<(), KafkaError> {
        let record = FutureRecord::to(topic).key(&self.key).payload(&self.value).headers(self.owned_headers());
        producer.send(record, queue).await.map(drop).map_err(|(error, _)| error)
    }
}

/// A producer of dead letters. They are rare, and a client that waits for them has threads and connections, so it is made for the first one.
/// After an error that is fatal a client sends nothing any more; then another one takes its place.
pub struct DeadLetterProducer {
    settings: ClientConfig,
    /// The full name of `dead-letters`.
    topic: String,
    /// None before the first letter.
    producer: Mutex<Option<Arc<FutureProducer<Context>>>>,
}

impl DeadLetterProducer {
    /// A producer with this name in Kafka's log. Kafka need not be reachable yet.
    ///
    /// # Errors
    /// When a file of the properties' directory cannot be read.
    pub fn open(config: &KafkaConfig, purpose: &str, topic: String) -> Result<Self, ConnectionError> {
        let mut settings = writer::settings(config, purpose)?;
        settings.set("message.timeout.ms", LIMIT_MILLISECONDS);
        Ok(Self { settings, topic, producer: Mutex::default() })
    }

    /// Sends a dead letter, and tries again for as long as Kafka does not take it.
    pub async fn insist(&self, letter: &DeadLetterRecord) {
        loop {
            match self.client() {
                Ok(producer) => {
                    let Err(error) = letter.send(&producer, &self.topic, Timeout::Never).await else { return };
                    tracing::warn!(%error, key = letter.key, "A dead letter could not be sent to Kafka; retrying.");
                    if producer.client().fatal_error().is_some() {
                        *self.producer() = None;
                    }
                }
                Err(error) => {
                    tracing::error!(%error, key = letter.key, "Cannot make a Kafka producer for a dead letter; retrying.");
                }
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// The client, which is made when there is none.
    fn client(&self) -> Result<Arc<FutureProducer<Context>>, ConnectionError> {
        let mut producer = self.producer();
        if let Some(known) = &*producer {
            return Ok(Arc::clone(known));
        }
        let new = revival::open(&self.settings, Context)?;
        *producer = Some(Arc::clone(&new));
        Ok(new)
    }

    fn producer(&self) -> MutexGuard<'_, Option<Arc<FutureProducer<Context>>>> {
        self.producer.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
#[path = "tests/dead_letters.rs"]
mod tests;
