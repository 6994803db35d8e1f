//! Reads every partition of every topic that the gateway serves, without a consumer group: each replica sees
//! everything.
//!
//! First erased ids and states to their ends, plans after them, and routes after those, so that of deliveries that ended long ago nothing
//! needs to be kept until the other topics are read. Then positions from the oldest that a delivery under way
//! still needs, and always from some records before the end, so that the ring is filled and repeats are recognised.
//! When these have passed the ends noted at the start, the first snapshot is complete. From then on positions are followed by one
//! client, so that nothing is before them in its queue, and all other topics by another: while nothing is written, it is the clients
//! that cost something, and not the topics. When a topic was lost or made anew, following ends, and the process with it: it begins anew.
//! What the records mean is left to [`crate::state::table`].

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use delivery_kafka::read::partitions::{self, TopicClient};
use delivery_kafka::read::renewal::LogWatch;
use delivery_kafka::{Bounds, Event, KafkaConfig, Reader, Start};
use delivery_messages::Topic;
use delivery_observability::Heartbeat;
use futures::FutureExt;
use rdkafka::Offset;
use rdkafka::message::{BorrowedMessage, Message};
use tokio::sync::{mpsc, oneshot};

use super::batch::{Batch, Next};
use super::failure::FollowError;
use super::input::Input;
use super::offsets::Offsets;
use crate::metrics::Metrics;

/// The client id of the readers.
const PURPOSE: &str = "code-delivery-gateway";
/// How long a look at all topics may take.
pub(crate) const ROUND: Duration = Duration::from_mins(3);
/// What is followed.
const FOLLOWED: [Topic; 6] =
    [Topic::Erased, Topic::Catalogue, Topic::Plan, Topic::State, Topic::NewPosition, Topic::DeadLetters];
/// How many records before the end of each partition positions are always read from.
pub(crate) const LOOK_BACK: i64 = 5_000;
/// How many records before the end of each partition are read at most for the sake of deliveries under way. A state that is
/// older is that of a vehicle that has stopped, and at most five seconds behind it; without this, one forgotten delivery would
/// make every start read the log from there.
const MAX_LOOK_BACK: i64 = 100_000;

/// Follows all topics until something ends it. `heartbeat` is of the watch over the topics.
///
/// # Errors
/// When Kafka fails in a way that a retry does not fix, or the hub has ended.
pub(crate) async fn run(
    kafka: KafkaConfig,
    offsets: Arc<Offsets>,
    hub: mpsc::Sender<Input>,
    metrics: Metrics,
    heartbeat: Heartbeat,
) -> Result<(), FollowError> {
    let client = Arc::clone(offsets.client());
    let watch = LogWatch::through(&client, FOLLOWED.map(|topic| kafka.topic(topic)));
    let follower = Follower { kafka, client, hub, metrics, watch };
    tokio::select! {
        outcome = follower.run(&offsets) => outcome,
        renewal = follower.watch.renewed(|| heartbeat.round()) => Err(renewal.into()),
    }
}

/// Where to begin in each partition: at what a delivery under way still needs, no later than [`LOOK_BACK`] before the end, and
/// no earlier than [`MAX_LOOK_BACK`].
fn position_starts(bounds: &[Bounds], needed: &HashMap<i32, i64>) -> Vec<i64> {
    let start = |(partition, bounds): (i32, &Bounds)| {
        let needed = needed.get(&partition).copied().unwrap_or(bounds.high);
        needed.clamp(bounds.high - MAX_LOOK_BACK, bounds.high - LOOK_BACK).max(bounds.low)
    };
    (0..).zip(bounds).map(start).collect()
}

fn assigned(starts: &[i64]) -> Vec<(i32, Offset)> {
    (0..).zip(starts.iter().map(|start| Offset::Offset(*start))).collect()
}

struct Follower {
    kafka: KafkaConfig,
    /// It is asked about topics.
    client: Arc<TopicClient>,
    hub: mpsc::Sender<Input>,
    metrics: Metrics,
    watch: LogWatch,
}

impl Follower {
    async fn run(&self, offsets: &Offsets) -> Result<(), FollowError> {
        // Noted before any plan is read: a delivery that starts later has its positions after these.
        let (letters, log, bounds) =
            tokio::try_join!(self.ends(Topic::DeadLetters), async { Ok(offsets.log().await) }, async {
                Ok(offsets.bounds().await)
            })?;
        let (erased, states, plans, catalogue) = tokio::try_join!(
            self.replay(Topic::Erased),
            self.replay(Topic::State),
            self.open_whole(Topic::Plan),
            self.open_whole(Topic::Catalogue),
        )?;
        let plans = self.read_whole(Topic::Plan, plans).await?;
        let catalogue = self.read_whole(Topic::Catalogue, catalogue).await?;
        let needed = self.needed().await?;
        let starts = position_starts(&bounds, &needed);
        let ends: HashMap<_, _> = (0..).zip(bounds.iter().map(|bounds| bounds.high)).collect();
        let positions = self.open(Topic::NewPosition, &assigned(&starts))?;
        self.send(Input::Positions(Arc::new(log), starts)).await?;
        tracing::info!(partitions = ends.len(), "Read all plans, states and routes; reading positions.");
        let others = [letters, erased, catalogue, states, plans].into_iter().flatten().collect();
        tokio::try_join!(self.follow_others(others), async {
            self.catch_up(&positions, ends).await?;
            self.follow(positions, Batch::new(&self.hub, &self.metrics), |_| Some(Topic::NewPosition)).await
        })?;
        Ok(())
    }

    /// Reads a topic to its end; returns where that is.
    async fn replay(&self, topic: Topic) -> Result<Next, FollowError> {
        let whole = self.open_whole(topic).await?;
        self.read_whole(topic, whole).await
    }

    /// A reader of a topic from its beginning, and the number of its partitions.
    async fn open_whole(&self, topic: Topic) -> Result<(Reader, i32), FollowError> {
        let name = self.kafka.topic(topic);
        let count = partitions::wait_with(&self.client, &name).await?;
        let starts = Start::each(&name, 0..count, Offset::Beginning);
        Ok((Reader::open(&self.kafka, PURPOSE, &starts)?, count))
    }

    /// Reads to the end, and gives the reader up.
    async fn read_whole(&self, topic: Topic, (reader, count): (Reader, i32)) -> Result<Next, FollowError> {
        let ends = (0..count).map(|partition| (partition, i64::MAX)).collect();
        let read = self.read_past(topic, &reader, ends).await?;
        reader.close().await;
        // An empty partition is read from its beginning.
        let mut next: Next = (0..count).map(|partition| ((topic, partition), 0)).collect();
        next.extend(read);
        Ok(next)
    }

    /// Reads positions past the noted ends; then the first snapshot is complete.
    async fn catch_up(&self, reader: &Reader, ends: HashMap<i32, i64>) -> Result<(), FollowError> {
        let started = Instant::now();
        self.read_past(Topic::NewPosition, reader, ends).await?;
        self.send(Input::Complete).await?;
        tracing::info!(seconds = started.elapsed().as_secs_f64(), "The first snapshot is complete.");
        Ok(())
    }

    /// Reads each partition to its end, or past the given offset; returns the offsets after what was read.
    async fn read_past(&self, topic: Topic, reader: &Reader, mut ends: HashMap<i32, i64>) -> Result<Next, FollowError> {
        // For a partition that is empty up to the noted end, the broker reports the end of the partition.
        let mut batch = Batch::new(&self.hub, &self.metrics);
        while !ends.is_empty() {
            let partition = match reader.next().await? {
                Event::End { partition } => partition,
                Event::Record(record) => {
                    let (partition, next) = (record.partition(), record.offset() + 1);
                    batch.push(topic, &record)?;
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
        batch.send().await?;
        Ok(batch.next)
    }

    /// Follows what is not positions forever, each partition from its next offset.
    async fn follow_others(&self, next: Next) -> Result<(), FollowError> {
        let topics = self.kafka.topics();
        let start = |((topic, partition), offset): (&(Topic, i32), &i64)| Start {
            topic: topics.name(*topic),
            partition: *partition,
            offset: Offset::Offset(*offset),
        };
        let reader = Reader::tail(&self.kafka, PURPOSE, &next.iter().map(start).collect::<Vec<_>>())?;
        let batch = Batch::new(&self.hub, &self.metrics).after(next);
        self.follow(reader, batch, |record| topics.topic(record.topic())).await
    }

    /// Follows forever. Records that are available at once go to the hub in one batch.
    async fn follow(
        &self,
        reader: Reader,
        mut batch: Batch<'_>,
        topic: impl Fn(&BorrowedMessage<'_>) -> Option<Topic>,
    ) -> Result<(), FollowError> {
        self.watch.add(&reader);
        loop {
            if let Event::Record(record) = reader.next().await?
                && let Some(topic) = topic(&record)
            {
                batch.push(topic, &record)?;
            }
            while !batch.is_full() {
                match reader.next().now_or_never() {
                    Some(Ok(Event::Record(record))) => {
                        if let Some(topic) = topic(&record) {
                            batch.push(topic, &record)?;
                        }
                    }
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
        Ok(Reader::follow(&self.kafka, PURPOSE, &starts)?)
    }

    /// Where a topic ends now.
    async fn ends(&self, topic: Topic) -> Result<Next, FollowError> {
        let bounds = Offsets::new(&self.client, &self.kafka, topic).await?.bounds().await;
        Ok((0..).zip(bounds).map(|(partition, bounds)| ((topic, partition), bounds.high)).collect())
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

#[cfg(test)]
#[path = "tests/follow.rs"]
mod tests;
