//! Sends records that could not be used to the topic `dead-letters`.
//!
//! What a dead letter consists of is left to `delivery-messages`; which record becomes one, and what to do when Kafka does not take it,
//! to the one service that reads the record's topic in a consumer group.

use delivery_messages::DeadLetter;
use rdkafka::ClientContext;
use rdkafka::error::KafkaError;
use rdkafka::message::{Header, OwnedHeaders};
use rdkafka::producer::{FutureProducer, FutureRecord};
use rdkafka::util::Timeout;

/// A dead letter as a record of its own, which outlives the record that it is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeadLetterRecord {
    /// `topic/partition/offset` of the record that could not be used.
    pub key: String,
    /// That record's value, cut at [`delivery_messages::dead_letter::MAX_VALUE`] bytes.
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
