//! Looks up what partitions hold now: a client that is made for that, and dropped when it has answered.
//!
//! What a process must know before it can begin is read here, so every wait counts. Who follows a partition for long
//! takes a [`Reader`].

use crate::connection::KafkaConfig;
use crate::reader::{ReadError, Reader, Start, settings};
use rdkafka::consumer::Consumer;
use rdkafka::error::KafkaError;
use rdkafka::message::BorrowedMessage;
use rdkafka::{Offset, TopicPartitionList};
use std::sync::Arc;
use std::time::Duration;

/// A client that reads partitions to their ends, one topic after the other.
pub struct Lookup(Reader);

impl Lookup {
    /// Prepares a client, which connects meanwhile.
    ///
    /// # Errors
    /// When the settings cannot be used.
    pub fn open(config: &KafkaConfig, purpose: &str) -> Result<Self, ReadError> {
        let mut settings = settings(config, purpose)?;
        // How long the broker holds the answer back that tells the end of a partition.
        settings.set("fetch.wait.max.ms", "10");
        Ok(Self(Reader::idle(&settings)?))
    }

    /// Asks who leads the partitions of a topic that will be read. A client that is told so only when it begins to read may
    /// wait for up to a second before it asks.
    ///
    /// # Errors
    /// When Kafka does not answer in time, or refuses to tell.
    pub async fn meet(&self, topic: &str, patience: Duration) -> Result<(), KafkaError> {
        let (consumer, topic) = (Arc::clone(&self.0.consumer), topic.to_owned());
        let met = tokio::task::spawn_blocking(move || consumer.fetch_metadata(Some(&topic), patience).map(drop)).await;
        met.unwrap_or(Err(KafkaError::Canceled))
    }

    /// From where in each partition all is that the broker got at a time (milliseconds since the Unix epoch) or later;
    /// partitions without any such record are left out.
    ///
    /// # Errors
    /// When Kafka does not answer in time, or refuses to tell.
    pub async fn since(
        &self,
        topic: &str,
        partitions: &[i32],
        time: i64,
        patience: Duration,
    ) -> Result<Vec<Start>, KafkaError> {
        let mut times = TopicPartitionList::with_capacity(partitions.len());
        for partition in partitions {
            times.add_partition_offset(topic, *partition, Offset::Offset(time.max(0)))?;
        }
        let consumer = Arc::clone(&self.0.consumer);
        let found = tokio::task::spawn_blocking(move || consumer.offsets_for_times(times, patience)).await;
        let mut starts = Vec::with_capacity(partitions.len());
        for found in found.unwrap_or(Err(KafkaError::Canceled))?.elements() {
            found.error()?;
            if let offset @ Offset::Offset(_) = found.offset() {
                starts.push(Start { topic: topic.to_owned(), partition: found.partition(), offset });
            }
        }
        Ok(starts)
    }

    /// Gives every record to `each` until all the partitions, which must be of one topic, have come to their end once.
    /// Waits while Kafka is away.
    ///
    /// # Errors
    /// When Kafka refuses for a reason that waiting does not mend, such as a missing permission.
    pub async fn read(&mut self, starts: &[Start], each: impl FnMut(&BorrowedMessage<'_>)) -> Result<(), ReadError> {
        if starts.is_empty() {
            return Ok(());
        }
        self.0.assign(starts)?;
        self.0.read_to_end(each).await
    }
}
