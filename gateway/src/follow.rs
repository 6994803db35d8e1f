//! Reads every partition of every topic that concerns the map, by itself: each replica sees everything.
//!
//! First routes, plans and states to their ends, then positions from the oldest that a delivery under way still needs; from
//! the moment that these have come past the ends noted at the start, the hub's picture is complete. After that all topics
//! are followed side by side. What the records mean is for [`crate::table`].

use crate::hub::Input;
use crate::metrics::Metrics;
use crate::record::{Raw, Record, read};
use delivery_kafka::reader::partitions;
use delivery_kafka::{ConnectionError, Event, KafkaConfig, ReadError, Reader, Start};
use delivery_messages::Topic;
use futures::FutureExt;
use rdkafka::Offset;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::message::{BorrowedMessage, Headers, Message};
use std::collections::HashMap;
use std::time::{Duration, Instant};
use tokio::sync::{mpsc, oneshot};

/// The client id of the readers.
const PURPOSE: &str = "code-delivery-gateway";
/// The most records that go to the hub in one piece.
const BATCH: usize = 500;
const ASK_TIMEOUT: Duration = Duration::from_secs(5);
const RETRY: Duration = Duration::from_millis(500);

/// Why following ended.
#[derive(Debug, thiserror::Error)]
pub enum FollowError {
    /// Kafka refuses.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The hub is gone.
    #[error("The hub has ended, so nothing can be followed any more.")]
    NoHub,
}

impl From<ConnectionError> for FollowError {
    fn from(error: ConnectionError) -> Self {
        Self::Read(error.into())
    }
}

/// Follows all topics until something ends it.
///
/// # Errors
/// When Kafka refuses for a reason that waiting does not mend, or the hub has ended.
pub async fn run(kafka: KafkaConfig, hub: mpsc::Sender<Input>, metrics: Metrics) -> Result<(), FollowError> {
    let follower = Follower { kafka, hub, metrics };
    // Noted before any plan is read: what starts later has its positions after these.
    let (letters, ends) =
        tokio::try_join!(follower.open_at_end(Topic::DeadLetters), follower.ends(Topic::NewPosition))?;
    let (catalogue, plans, states) = tokio::try_join!(
        follower.replay(Topic::Catalogue),
        follower.replay(Topic::Plan),
        follower.replay(Topic::State),
    )?;
    let needed = follower.needed().await?;
    let positions = follower.open(Topic::NewPosition, &position_starts(&ends, &needed))?;
    tracing::info!(partitions = ends.len(), "Plans, states and routes are read; positions follow.");
    tokio::try_join!(
        follower.follow(Topic::Catalogue, catalogue),
        follower.follow(Topic::Plan, plans),
        follower.follow(Topic::State, states),
        follower.follow(Topic::DeadLetters, letters),
        async {
            follower.catch_up(&positions, ends).await?;
            follower.follow(Topic::NewPosition, positions).await
        },
    )?;
    Ok(())
}

/// Where to begin in each partition: at what a delivery under way still needs, else at the end.
fn position_starts(ends: &HashMap<i32, i64>, needed: &HashMap<i32, i64>) -> Vec<(i32, Offset)> {
    let start = |(partition, end): (&i32, &i64)| {
        let needed = needed.get(partition).copied().unwrap_or(*end);
        (*partition, Offset::Offset(needed.min(*end).max(0)))
    };
    ends.iter().map(start).collect()
}

struct Follower {
    kafka: KafkaConfig,
    hub: mpsc::Sender<Input>,
    metrics: Metrics,
}

impl Follower {
    /// Reads a topic to its end and gives the reader back, which stands there.
    async fn replay(&self, topic: Topic) -> Result<Reader, FollowError> {
        let count = partitions(&self.kafka, PURPOSE, &self.kafka.topic(topic)).await?;
        let starts: Vec<_> = (0..count).map(|partition| (partition, Offset::Beginning)).collect();
        let reader = self.open(topic, &starts)?;
        self.read_past(topic, &reader, (0..count).map(|partition| (partition, i64::MAX)).collect()).await?;
        Ok(reader)
    }

    /// Reads positions past the noted ends and says that the picture is complete.
    async fn catch_up(&self, reader: &Reader, ends: HashMap<i32, i64>) -> Result<(), FollowError> {
        let begun = Instant::now();
        self.read_past(Topic::NewPosition, reader, ends).await?;
        self.send(Input::Complete).await?;
        tracing::info!(seconds = begun.elapsed().as_secs_f64(), "The first snapshot is complete.");
        Ok(())
    }

    /// Reads until each partition has come to its end, or past the one that is given for it.
    async fn read_past(&self, topic: Topic, reader: &Reader, mut ends: HashMap<i32, i64>) -> Result<(), FollowError> {
        // A partition that is empty up to the noted end has nothing to wait for but the broker's word.
        let mut batch = Batch::new(self, topic);
        while !ends.is_empty() {
            let partition = match reader.next().await? {
                Event::End { partition } => partition,
                Event::Record(record) => {
                    let (partition, next) = (record.partition(), record.offset() + 1);
                    batch.push(&record);
                    if batch.is_full() {
                        batch.send().await?;
                    }
                    if ends.get(&partition).is_none_or(|end| next < *end) {
                        continue;
                    }
                    partition
                }
            };
            ends.remove(&partition);
        }
        batch.send().await
    }

    /// Follows a topic for ever. What is there at once goes to the hub in one piece.
    async fn follow(&self, topic: Topic, reader: Reader) -> Result<(), FollowError> {
        let mut batch = Batch::new(self, topic);
        loop {
            if let Event::Record(record) = reader.next().await? {
                batch.push(&record);
            }
            while !batch.is_full() {
                match reader.next().now_or_never() {
                    Some(Ok(Event::Record(record))) => batch.push(&record),
                    Some(Ok(Event::End { .. })) => {}
                    Some(Err(error)) => return Err(error.into()),
                    None => break,
                }
            }
            batch.send().await?;
        }
    }

    fn open(&self, topic: Topic, starts: &[(i32, Offset)]) -> Result<Reader, FollowError> {
        let topic = self.kafka.topic(topic);
        let starts: Vec<_> = starts
            .iter()
            .map(|(partition, offset)| Start { topic: topic.clone(), partition: *partition, offset: *offset })
            .collect();
        Ok(Reader::open(&self.kafka, PURPOSE, &starts)?)
    }

    async fn open_at_end(&self, topic: Topic) -> Result<Reader, FollowError> {
        let ends = self.ends(topic).await?;
        let starts: Vec<_> = ends.into_iter().map(|(partition, end)| (partition, Offset::Offset(end))).collect();
        self.open(topic, &starts)
    }

    /// The offset after the last record of each partition. Waits until Kafka answers.
    async fn ends(&self, topic: Topic) -> Result<HashMap<i32, i64>, FollowError> {
        let name = self.kafka.topic(topic);
        let count = partitions(&self.kafka, PURPOSE, &name).await?;
        let mut client = self.kafka.client(PURPOSE)?;
        client.set("isolation.level", "read_committed");
        loop {
            let consumer: BaseConsumer = client.create().map_err(ConnectionError::from)?;
            let name = name.clone();
            let asked = tokio::task::spawn_blocking(move || {
                let end = |partition| Ok((partition, consumer.fetch_watermarks(&name, partition, ASK_TIMEOUT)?.1));
                (0..count).map(end).collect::<Result<HashMap<_, _>, rdkafka::error::KafkaError>>()
            });
            match asked.await {
                Ok(Ok(ends)) => return Ok(ends),
                Ok(Err(error)) => {
                    tracing::warn!(topic = topic.name(), %error, "Waiting for the ends of the partitions.");
                }
                Err(error) => tracing::warn!(topic = topic.name(), %error, "Asking for the ends was interrupted."),
            }
            tokio::time::sleep(RETRY).await;
        }
    }

    async fn needed(&self) -> Result<HashMap<i32, i64>, FollowError> {
        let (ask, answer) = oneshot::channel();
        self.send(Input::Needed(ask)).await?;
        answer.await.map_err(|_| FollowError::NoHub)
    }

    async fn send(&self, input: Input) -> Result<(), FollowError> {
        self.hub.send(input).await.map_err(|_| FollowError::NoHub)
    }
}

/// Records on their way to the hub.
struct Batch<'a> {
    follower: &'a Follower,
    topic: Topic,
    records: Vec<Record>,
    said: Option<Instant>,
}

impl<'a> Batch<'a> {
    const fn new(follower: &'a Follower, topic: Topic) -> Self {
        Self { follower, topic, records: Vec::new(), said: None }
    }

    const fn is_full(&self) -> bool {
        self.records.len() >= BATCH
    }

    /// Takes a record in; a bad one is counted and left out. The log tells of one bad record a second at most.
    fn push(&mut self, message: &BorrowedMessage<'_>) {
        match decode(self.topic, message) {
            Ok(record) => self.records.extend(record),
            Err(error) => {
                self.follower.metrics.bad_record(self.topic, error.reason());
                if self.said.is_none_or(|said| said.elapsed() > Duration::from_secs(1)) {
                    self.said = Some(Instant::now());
                    let (partition, offset) = (message.partition(), message.offset());
                    tracing::warn!(topic = self.topic.name(), partition, offset, %error, "A record is left out.");
                }
            }
        }
    }

    async fn send(&mut self) -> Result<(), FollowError> {
        if self.records.is_empty() {
            return Ok(());
        }
        self.follower.send(Input::Records(std::mem::take(&mut self.records))).await
    }
}

/// Reads a message of Kafka's client.
///
/// # Errors
/// As [`crate::record::read`].
pub fn decode(topic: Topic, message: &BorrowedMessage<'_>) -> Result<Option<Record>, crate::record::BadRecord> {
    let time = message.timestamp().to_millis().unwrap_or_default();
    let raw = Raw { key: message.key(), value: message.payload(), time };
    let headers = message.headers();
    read(topic, raw, |name| headers?.iter().find(|header| header.key == name)?.value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_are_read_from_what_is_needed_and_never_from_beyond_the_end() {
        let ends = HashMap::from([(0, 100), (1, 50), (2, 0)]);
        let needed = HashMap::from([(0, 40), (1, 70), (7, 1)]);
        let mut starts = position_starts(&ends, &needed);
        starts.sort_by_key(|(partition, _)| *partition);
        assert_eq!(starts, [(0, Offset::Offset(40)), (1, Offset::Offset(50)), (2, Offset::Offset(0))]);
    }
}
