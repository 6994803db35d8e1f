//! Reads every partition of every topic that the gateway serves, without a consumer group: each replica sees
//! everything.
//!
//! First erased ids, routes, plans and states to their ends. Then positions from the oldest that a delivery under way
//! still needs, and always from some records before the end, so that the ring is filled and repeats are recognised.
//! When these have passed the ends noted at the start, the first snapshot is complete. After that all topics are
//! followed side by side. What the records mean is left to [`crate::state::table`].

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use delivery_kafka::{Bounds, ConnectionError, Event, KafkaConfig, ReadError, Reader, Start, partitions};
use delivery_messages::Topic;
use futures::FutureExt;
use rdkafka::Offset;
use rdkafka::message::{BorrowedMessage, Headers, Message};
use tokio::sync::{mpsc, oneshot};

use super::input::Input;
use super::offsets::Offsets;
use crate::metrics::Metrics;
use crate::model::record::{Raw, Record, RecordOffset, read};

/// The client id of the readers.
const PURPOSE: &str = "code-delivery-gateway";
/// The maximum number of records handed to the hub at once.
const BATCH: usize = 500;
/// How many records before the end of each partition positions are always read from.
pub(crate) const LOOK_BACK: i64 = 5_000;

/// Why following ended.
#[derive(Debug, thiserror::Error)]
pub(crate) enum FollowError {
    /// Kafka failed in a way that a retry does not fix.
    #[error(transparent)]
    Read(#[from] ReadError),
    #[error("The hub has ended, so there is no task to hand records to.")]
    NoHub,
    /// The topic was deleted and created again.
    #[error(
        "Offset {before} of partition {partition} of {topic} is followed by {offset}: the topic was deleted and created again. \
         The gateway restarts to read it from the beginning."
    )]
    Rewound { topic: &'static str, partition: i32, before: i64, offset: i64 },
}

impl From<ConnectionError> for FollowError {
    fn from(error: ConnectionError) -> Self {
        Self::Read(error.into())
    }
}

/// Follows all topics until something ends it.
///
/// # Errors
/// When Kafka fails in a way that a retry does not fix, or the hub has ended.
pub(crate) async fn run(
    kafka: KafkaConfig,
    offsets: Arc<Offsets>,
    hub: mpsc::Sender<Input>,
    metrics: Metrics,
) -> Result<(), FollowError> {
    let follower = Follower { kafka, hub, metrics };
    // Noted before any plan is read: a delivery that starts later has its positions after these.
    let (letters, log, bounds) =
        tokio::try_join!(follower.open_at_end(Topic::DeadLetters), async { Ok(offsets.log().await) }, async {
            Ok(offsets.bounds().await)
        })?;
    let (erased, catalogue, plans, states) = tokio::try_join!(
        follower.replay(Topic::Erased),
        follower.replay(Topic::Catalogue),
        follower.replay(Topic::Plan),
        follower.replay(Topic::State),
    )?;
    let needed = follower.needed().await?;
    let starts = position_starts(&bounds, &needed);
    let ends: HashMap<_, _> = (0..).zip(bounds.iter().map(|bounds| bounds.high)).collect();
    let positions = follower.open(Topic::NewPosition, &assigned(&starts))?;
    follower.send(Input::Positions(Arc::new(log), starts)).await?;
    tracing::info!(partitions = ends.len(), "Read all plans, states and routes; reading positions.");
    tokio::try_join!(
        follower.follow(Topic::Erased, erased),
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

/// Where to begin in each partition: at what a delivery under way still needs, and no later than [`LOOK_BACK`] before the end.
fn position_starts(bounds: &[Bounds], needed: &HashMap<i32, i64>) -> Vec<i64> {
    let start = |(partition, bounds): (i32, &Bounds)| {
        let needed = needed.get(&partition).copied().unwrap_or(bounds.high);
        needed.min(bounds.high - LOOK_BACK).max(bounds.low)
    };
    (0..).zip(bounds).map(start).collect()
}

fn assigned(starts: &[i64]) -> Vec<(i32, Offset)> {
    (0..).zip(starts.iter().map(|start| Offset::Offset(*start))).collect()
}

struct Follower {
    kafka: KafkaConfig,
    hub: mpsc::Sender<Input>,
    metrics: Metrics,
}

impl Follower {
    /// Reads a topic to its end and returns the reader at that point.
    async fn replay(&self, topic: Topic) -> Result<Reader, FollowError> {
        let count = partitions::wait(&self.kafka, PURPOSE, &self.kafka.topic(topic)).await?;
        let starts: Vec<_> = (0..count).map(|partition| (partition, Offset::Beginning)).collect();
        let reader = self.open(topic, &starts)?;
        self.read_past(topic, &reader, (0..count).map(|partition| (partition, i64::MAX)).collect()).await?;
        Ok(reader)
    }

    /// Reads positions past the noted ends; then the first snapshot is complete.
    async fn catch_up(&self, reader: &Reader, ends: HashMap<i32, i64>) -> Result<(), FollowError> {
        let started = Instant::now();
        self.read_past(Topic::NewPosition, reader, ends).await?;
        self.send(Input::Complete).await?;
        tracing::info!(seconds = started.elapsed().as_secs_f64(), "The first snapshot is complete.");
        Ok(())
    }

    /// Reads each partition to its end, or past the given offset.
    async fn read_past(&self, topic: Topic, reader: &Reader, mut ends: HashMap<i32, i64>) -> Result<(), FollowError> {
        // For a partition that is empty up to the noted end, the broker reports the end of the partition.
        let mut batch = Batch::new(self, topic);
        while !ends.is_empty() {
            let partition = match reader.next().await? {
                Event::End { partition } => partition,
                Event::Record(record) => {
                    let (partition, next) = (record.partition(), record.offset() + 1);
                    batch.push(&record)?;
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

    /// Follows a topic forever. Records that are available at once go to the hub in one batch.
    async fn follow(&self, topic: Topic, reader: Reader) -> Result<(), FollowError> {
        let mut batch = Batch::new(self, topic);
        loop {
            if let Event::Record(record) = reader.next().await? {
                batch.push(&record)?;
            }
            while !batch.is_full() {
                match reader.next().now_or_never() {
                    Some(Ok(Event::Record(record))) => batch.push(&record)?,
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
        let bounds = Offsets::new(&self.kafka, PURPOSE, topic).await?.bounds().await;
        self.open(topic, &assigned(&bounds.iter().map(|bounds| bounds.high).collect::<Vec<_>>()))
    }

    async fn needed(&self) -> Result<HashMap<i32, i64>, FollowError> {
        let (reply, needed) = oneshot::channel();
        self.send(Input::Needed(reply)).await?;
        needed.await.map_err(|_| FollowError::NoHub)
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
    /// When a bad record was last logged.
    logged: Option<Instant>,
    /// The offset last read, by partition.
    last: HashMap<i32, i64>,
}

impl<'a> Batch<'a> {
    fn new(follower: &'a Follower, topic: Topic) -> Self {
        Self { follower, topic, records: Vec::new(), logged: None, last: HashMap::new() }
    }

    const fn is_full(&self) -> bool {
        self.records.len() >= BATCH
    }

    /// Adds a record; a bad one is counted and skipped. At most one bad record a second is logged.
    fn push(&mut self, message: &BorrowedMessage<'_>) -> Result<(), FollowError> {
        let (partition, offset) = (message.partition(), message.offset());
        let topic = self.topic.name();
        if let Some(before) = self.last.insert(partition, offset).filter(|before| *before >= offset) {
            return Err(FollowError::Rewound { topic, partition, before, offset });
        }
        match decode(self.topic, message) {
            Ok(record) => self.records.extend(record),
            Err(error) => {
                self.follower.metrics.bad_record(self.topic, error.reason());
                if self.topic == Topic::NewPosition {
                    // The cursors must move past it.
                    self.records.push(Record::Unreadable(RecordOffset { partition, offset }));
                }
                if self.logged.is_none_or(|logged| logged.elapsed() > Duration::from_secs(1)) {
                    self.logged = Some(Instant::now());
                    tracing::warn!(topic, partition, offset, %error, "Skipped a bad record.");
                }
            }
        }
        Ok(())
    }

    async fn send(&mut self) -> Result<(), FollowError> {
        if self.records.is_empty() {
            return Ok(());
        }
        self.follower.send(Input::Records(std::mem::take(&mut self.records))).await
    }
}

/// Decodes a message of the Kafka client.
///
/// # Errors
/// As [`crate::model::record::read`].
pub(crate) fn decode(
    topic: Topic,
    message: &BorrowedMessage<'_>,
) -> Result<Option<Record>, crate::model::record::BadRecord> {
    let time = message.timestamp().to_millis().unwrap_or_default();
    let offset = RecordOffset { partition: message.partition(), offset: message.offset() };
    let raw = Raw { key: message.key(), value: message.payload(), time, offset };
    let headers = message.headers();
    read(topic, raw, |name| headers?.iter().find(|header| header.key == name)?.value)
}

#[cfg(test)]
#[path = "tests/follow.rs"]
mod tests;
