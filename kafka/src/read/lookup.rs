//! Reads what partitions hold now, with a client that is made for that and closed afterwards.
//!
//! This is how a process reads what it must know before it can start, so every wait counts. To follow a partition, use a [`Reader`].

use std::time::Duration;

use delivery_messages::Millis;
use rdkafka::Offset;
use rdkafka::consumer::Consumer;
use rdkafka::error::KafkaError;
use rdkafka::message::BorrowedMessage;

use crate::connect::client::ask;
use crate::connect::connection::KafkaConfig;
use crate::read::partitions::{self, Bounds};
use crate::read::reader::{ReadError, Reader, Start, is_passing, settings};

/// How long one question of [`Lookup::newest`] may take.
const LIMIT: Duration = Duration::from_secs(5);
const RETRY: Duration = Duration::from_millis(250);

/// A client that reads partitions to their ends, one topic after the other.
pub struct Lookup(Reader);

impl Lookup {
    /// Makes a client, which connects in the background.
    ///
    /// # Errors
    /// When the settings cannot be used.
    pub fn open(config: &KafkaConfig, purpose: &str) -> Result<Self, ReadError> {
        let mut settings = settings(config, purpose)?;
        // How long the broker holds back the response that reports the end of a partition.
        settings.set("fetch.wait.max.ms", "10");
        Ok(Self(Reader::idle(&settings)?))
    }

    /// Asks for the leaders of the partitions of a topic that will be read. A client that learns of a topic only when it starts to
    /// read may wait for up to a second before it asks.
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

    /// Where to start in each partition to read what the broker received at `time` or later, but of each no more than the newest
    /// `most` offsets. Where the broker knows of none that new, the newest `most` as well: not every broker can tell by time. Waits while
    /// Kafka is unavailable.
    ///
    /// # Errors
    /// When Kafka refuses for a reason that retrying will not fix, such as a missing permission.
    pub async fn newest(
        &self,
        topic: &str,
        partitions: &[i32],
        time: Millis,
        most: i64,
    ) -> Result<Vec<Start>, ReadError> {
        loop {
            match self.starts(topic, partitions, time, most).await {
                Ok(starts) => return Ok(starts),
                Err(source) if is_passing(&source) => {
                    tracing::debug!(topic, error = %source, "Cannot ask Kafka where to start to read; retrying.");
                }
                Err(source) => return Err(ReadError::Refused { topics: topic.to_owned(), source }),
            }
            tokio::time::sleep(RETRY).await;
        }
    }

    async fn starts(&self, topic: &str, partitions: &[i32], time: Millis, most: i64) -> Result<Vec<Start>, KafkaError> {
        let consumer = &self.0.consumer;
        let found = partitions::offsets_at(consumer, topic, partitions.iter().copied(), time, LIMIT).await?;
        let bounds = partitions::bounds(consumer, topic, partitions.iter().copied(), LIMIT).await?;
        let start = |(partition, bounds): (i32, Bounds)| {
            let first = first(bounds, found.get(&partition).copied().flatten(), most);
            Start { topic: topic.to_owned(), partition, offset: Offset::Offset(first) }
        };
        Ok(bounds.into_iter().map(start).collect())
    }

    /// Gives every record to `each` until each of the partitions, which must be of one topic, has reached its end once.
    /// Waits while Kafka is unavailable.
    ///
    /// # Errors
    /// When Kafka refuses for a reason that retrying will not fix, such as a missing permission.
    pub async fn read(&mut self, starts: &[Start], each: impl FnMut(&BorrowedMessage<'_>)) -> Result<(), ReadError> {
        if starts.is_empty() {
            return Ok(());
        }
        self.0.assign(starts)?;
        self.0.read_to_end(each).await
    }

    /// As [`Reader::close`].
    pub async fn close(self) {
        self.0.close().await;
    }
}

/// The first of the newest `most` offsets, or the one that was found by time if it is later.
fn first(Bounds { low, high }: Bounds, by_time: Option<i64>, most: i64) -> i64 {
    by_time.unwrap_or(low).max(high.saturating_sub(most)).max(low)
}

#[cfg(test)]
#[path = "tests/lookup.rs"]
mod tests;
