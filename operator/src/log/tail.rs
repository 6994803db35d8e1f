//! Where one compacted topic has been read to, so that it can be read to its end several times, each record once.

use std::collections::BTreeMap;
use std::sync::Arc;

use delivery_kafka::read::partitions::{self, TopicClient};
use delivery_kafka::{KafkaConfig, ReadError, Reader, Start};
use delivery_messages::Topic;
use rdkafka::message::BorrowedMessage;
use rdkafka::{Message, Offset};

/// How far a topic has been read.
#[derive(Debug)]
pub(crate) struct Tail {
    topic: Topic,
    purpose: &'static str,
    /// The next offset of each partition; `None` before its first record.
    next: BTreeMap<i32, Option<i64>>,
}

impl Tail {
    /// Nothing has been read yet. `purpose` names the clients that will.
    #[must_use]
    pub(crate) const fn new(topic: Topic, purpose: &'static str) -> Self {
        Self { topic, purpose, next: BTreeMap::new() }
    }

    #[must_use]
    pub(crate) const fn topic(&self) -> Topic {
        self.topic
    }

    /// Notes that a record has been read.
    pub(crate) fn passed(&mut self, record: &BorrowedMessage<'_>) {
        self.next.insert(record.partition(), Some(record.offset() + 1));
    }

    /// Where to continue in each partition.
    #[must_use]
    pub(crate) fn starts(&self, kafka: &KafkaConfig) -> Vec<Start> {
        let topic = kafka.topic(self.topic);
        let start = |(partition, next): (&i32, &Option<i64>)| Start {
            topic: topic.clone(),
            partition: *partition,
            offset: next.map_or(Offset::Beginning, Offset::Offset),
        };
        self.next.iter().map(start).collect()
    }

    /// A reader that reads on, and the number of the topic's partitions, which `client` is asked for. The reader asks the broker for the end of
    /// each partition after this call, so that nothing written before is missed. Waits until the topic exists.
    ///
    /// # Errors
    /// When Kafka refuses and retrying will not help.
    pub(crate) async fn open(
        &mut self,
        kafka: &KafkaConfig,
        client: &Arc<TopicClient>,
    ) -> Result<(Reader, i32), ReadError> {
        let count = partitions::wait_with(client, &kafka.topic(self.topic)).await?;
        for partition in 0..count {
            self.next.entry(partition).or_default();
        }
        Ok((Reader::open(kafka, self.purpose, &self.starts(kafka))?, count))
    }
}
