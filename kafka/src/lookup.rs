//! Looks up what partitions hold now: a client that is made for that, and dropped when it has answered.
//!
//! What a process must know before it can begin is read here, so every wait counts. Who follows a partition for long
//! takes a [`Reader`].

use crate::client::ask;
use crate::connection::KafkaConfig;
use crate::partitions;
use crate::reader::{ReadError, Reader, Start, settings};
use delivery_messages::Millis;
use rdkafka::Offset;
use rdkafka::consumer::Consumer;
use rdkafka::error::KafkaError;
use rdkafka::message::BorrowedMessage;
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
    /// When Kafka does not answer within `limit`, or refuses.
    pub async fn meet(&self, topic: &str, limit: Duration) -> Result<(), KafkaError> {
        let topic = topic.to_owned();
        ask(&self.0.consumer, move |consumer| consumer.fetch_metadata(Some(&topic), limit).map(drop)).await
    }

    /// Where to start in each partition to read what the broker received at `time` or later; partitions without any such record are
    /// left out.
    ///
    /// # Errors
    /// When Kafka does not answer within `limit`, or refuses.
    pub async fn since(
        &self,
        topic: &str,
        partitions: &[i32],
        time: Millis,
        limit: Duration,
    ) -> Result<Vec<Start>, KafkaError> {
        let found = partitions::offsets_at(&self.0.consumer, topic, partitions.iter().copied(), time, limit).await?;
        let start = |(partition, offset): (i32, Option<i64>)| {
            Some(Start { topic: topic.to_owned(), partition, offset: Offset::Offset(offset?) })
        };
        Ok(found.into_iter().filter_map(start).collect())
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
    /// Ends the client, which takes a moment, without holding up the thread that everything else runs on.
    pub async fn close(self) {
        // It fails only when the process ends, and then there is nothing left to do.
        let _ = tokio::task::spawn_blocking(move || drop(self)).await;
    }
}
