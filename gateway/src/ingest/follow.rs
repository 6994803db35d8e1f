//! Reads every partition of every topic that the gateway serves, without a consumer group: each replica sees
//! everything.
//!
//! First erased ids and states to their ends, plans after them, and routes after those, so that of deliveries that ended long ago nothing
//! needs to be kept until the other topics are read. Then positions from the oldest that a delivery under way
//! still needs, and always from some records before the end, so that the ring is filled and repeats are recognised.
//! When these have passed the ends noted at the start, the first snapshot is complete. From then on positions are followed by one
//! client, so that nothing is before them in its queue, and all other topics by another: while nothing is written, it is the clients
//! that cost something, and not the topics. When a topic was lost or made anew, following ends, and the process with it: it begins anew.
//!
//! A partition that cannot be read is left out at the start, and with it what is keyed to it alone: a delivery's states, plan and positions
//! are in the partitions of one number, so of a partition without states the plans are not read, and of one without states or plans the
//! positions are not. Erased ids must all be known. When a partition that was left out can be read, following ends too, so that everything is
//! read in its order.
//! What the records mean is left to [`crate::state::table`].

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;
use std::time::{Duration, Instant};

use delivery_kafka::read::partitions::{self, TopicClient};
use delivery_kafka::read::renewal::LogWatch;
use delivery_kafka::{Bounds, Event, KafkaConfig, Reader, Start};
use delivery_messages::Topic;
use delivery_observability::{Health, Heartbeat};
use futures::FutureExt;
use rdkafka::Offset;
use rdkafka::message::{BorrowedMessage, Message};
use tokio::sync::{mpsc, oneshot};
use tokio::time::timeout_at;

use super::batch::{Batch, Next};
use super::failure::FollowError;
use super::input::Input;
use super::offsets::Offsets;
use super::unread::{Awaited, sentence};
use crate::metrics::Metrics;

/// The client id of the readers.
const PURPOSE: &str = "code-delivery-gateway";
/// How long a look at all topics may take.
pub(crate) const ROUND: Duration = Duration::from_mins(3);
/// In `/readyz`.
const DEPENDENCY: &str = "partitions";
/// When for so long nothing has come of the partitions of a topic that have not been read, while others have, they are left out.
const PATIENCE: Duration = Duration::from_secs(10);
/// What is followed.
const FOLLOWED: [Topic; 6] =
    [Topic::Erased, Topic::Catalogue, Topic::Plan, Topic::State, Topic::NewPosition, Topic::DeadLetters];
/// How many records before the end of each partition positions are always read from.
pub(crate) const LOOK_BACK: i64 = 5_000;
/// How many records before the end of each partition are read at most for the sake of deliveries under way. A state that is
/// older is that of a vehicle that has stopped, and at most five seconds behind it; without this, one forgotten delivery would
/// make every start read the log from there.
const MAX_LOOK_BACK: i64 = 100_000;

/// Follows all topics until something ends it. `heartbeat` is of the watch over the topics; `health` says what is left out.
///
/// # Errors
/// When Kafka fails in a way that a retry does not fix, or the hub has ended.
pub(crate) async fn run(
    kafka: KafkaConfig,
    offsets: Arc<Offsets>,
    hub: mpsc::Sender<Input>,
    metrics: Metrics,
    health: Health,
    heartbeat: Heartbeat,
) -> Result<(), FollowError> {
    let client = Arc::clone(offsets.client());
    let watch = LogWatch::through(&client, FOLLOWED.map(|topic| kafka.topic(topic)));
    let follower = Follower { kafka, client, hub, metrics, health, watch };
    tokio::select! {
        outcome = follower.run(&offsets) => outcome,
        renewal = follower.watch.renewed(|| heartbeat.round()) => Err(renewal.into()),
    }
}

/// Where to begin in each partition: at what a delivery under way still needs, no later than [`LOOK_BACK`] before the end, and
/// no earlier than [`MAX_LOOK_BACK`]. One that is left out begins at 0, so that no cursor is before what is held of it: a client that has
/// something of it keeps its place there.
fn position_starts(partitions: i32, bounds: &BTreeMap<i32, Bounds>, needed: &HashMap<i32, i64>) -> Vec<i64> {
    let start = |partition: i32| {
        let Some(bounds) = bounds.get(&partition) else { return 0 };
        let needed = needed.get(&partition).copied().unwrap_or(bounds.high);
        needed.clamp(bounds.high - MAX_LOOK_BACK, bounds.high - LOOK_BACK).max(bounds.low)
    };
    (0..partitions).map(start).collect()
}

/// The same for a reader of the partitions that are not left out.
fn assigned(starts: &[i64], bounds: &BTreeMap<i32, Bounds>) -> Vec<(i32, Offset)> {
    let all = (0..).zip(starts.iter().map(|start| Offset::Offset(*start)));
    all.filter(|(partition, _)| bounds.contains_key(partition)).collect()
}

/// A reader of some partitions of a topic, from their beginnings.
struct Whole {
    topic: Topic,
    partitions: Vec<i32>,
    reader: Reader,
}

/// The partitions of all topics that cannot be read.
type Unread = BTreeSet<(Topic, i32)>;

fn of(topic: Topic, partitions: BTreeSet<i32>) -> impl Iterator<Item = (Topic, i32)> {
    partitions.into_iter().map(move |partition| (topic, partition))
}

struct Follower {
    kafka: KafkaConfig,
    /// It is asked about topics.
    client: Arc<TopicClient>,
    hub: mpsc::Sender<Input>,
    metrics: Metrics,
    health: Health,
    watch: LogWatch,
}

impl Follower {
    async fn run(&self, offsets: &Offsets) -> Result<(), FollowError> {
        let (erased, states, plans, routes) = tokio::try_join!(
            self.count(Topic::Erased),
            self.count(Topic::State),
            self.count(Topic::Plan),
            self.count(Topic::Catalogue),
        )?;
        // Where the numbers of partitions differ, what is missing in one topic may be anywhere in another.
        let patience = (states == plans && plans == offsets.partitions()).then_some(PATIENCE);
        // Noted before any plan is read: a delivery that starts later has its positions after these.
        let (letters, log, mut bounds) =
            tokio::try_join!(self.ends(Topic::DeadLetters), async { Ok(offsets.log().await) }, async {
                Ok(offsets.bounds(patience).await)
            })?;
        let missing = |bounds: &BTreeMap<i32, Bounds>| -> BTreeSet<i32> {
            (0..offsets.partitions()).filter(|partition| !bounds.contains_key(partition)).collect()
        };
        let no_positions = missing(&bounds);
        let (erased, states) = (self.open_whole(Topic::Erased, 0..erased)?, self.open_whole(Topic::State, 0..states)?);
        let (plans, catalogue) =
            (self.open_whole(Topic::Plan, 0..plans)?, self.open_whole(Topic::Catalogue, 0..routes)?);
        let ((erased, _), (states, no_states)) =
            tokio::try_join!(self.read_whole(erased, None), self.read_whole(states, patience))?;
        let (plans, no_plans) = self.read_whole(self.without(plans, &no_states).await?, patience).await?;
        let (catalogue, no_routes) = self.read_whole(catalogue, patience).await?;
        let left_out = &no_states | &no_plans;
        bounds.retain(|partition, _| !left_out.contains(partition));
        offsets.leave_out(missing(&bounds));
        let needed = self.needed().await?;
        let starts = position_starts(offsets.partitions(), &bounds, &needed);
        let ends: HashMap<_, _> = bounds.iter().map(|(partition, bounds)| (*partition, bounds.high)).collect();
        let positions = self.open(Topic::NewPosition, &assigned(&starts, &bounds))?;
        self.send(Input::Positions(Arc::new(log), starts)).await?;
        tracing::info!(partitions = ends.len(), "Read all plans, states and routes; reading positions.");
        let is_followed = |((_, partition), _): &((Topic, i32), i64)| !left_out.contains(partition);
        let keyed_alike = states.into_iter().chain(plans).filter(is_followed);
        let others = erased.into_iter().chain(catalogue).chain(keyed_alike).collect();
        let unread = [
            (Topic::State, no_states),
            (Topic::Plan, no_plans),
            (Topic::Catalogue, no_routes),
            (Topic::NewPosition, no_positions),
        ];
        let mut unread: Unread = unread.into_iter().flat_map(|(topic, partitions)| of(topic, partitions)).collect();
        tokio::try_join!(self.follow_others(others, letters), async {
            unread.extend(of(Topic::NewPosition, self.catch_up(&positions, ends, patience).await?));
            self.report(&unread);
            let batch = Batch::new(&self.hub, &self.metrics);
            let following = self.follow(positions, batch, |_| Some(Topic::NewPosition));
            tokio::try_join!(following, self.until_readable(&unread))
        })?;
        Ok(())
    }

    /// The number of a topic's partitions, once there is such a topic.
    async fn count(&self, topic: Topic) -> Result<i32, FollowError> {
        Ok(partitions::wait_with(&self.client, &self.kafka.topic(topic)).await?)
    }

    fn open_whole(&self, topic: Topic, partitions: impl IntoIterator<Item = i32>) -> Result<Whole, FollowError> {
        let partitions: Vec<i32> = partitions.into_iter().collect();
        let starts = Start::each(&self.kafka.topic(topic), partitions.iter().copied(), Offset::Beginning);
        Ok(Whole { topic, partitions, reader: Reader::open(&self.kafka, PURPOSE, &starts)? })
    }

    /// The same reader without some partitions, while it has not been read from.
    async fn without(&self, whole: Whole, left_out: &BTreeSet<i32>) -> Result<Whole, FollowError> {
        if left_out.is_empty() {
            return Ok(whole);
        }
        let Whole { topic, partitions, reader } = whole;
        reader.close().await;
        self.open_whole(topic, partitions.into_iter().filter(|partition| !left_out.contains(partition)))
    }

    /// Reads to the end, and gives the reader up; returns where the end is, and the partitions that could not be read.
    async fn read_whole(&self, whole: Whole, patience: Option<Duration>) -> Result<(Next, BTreeSet<i32>), FollowError> {
        let Whole { topic, partitions, reader } = whole;
        let ends = partitions.iter().map(|partition| (*partition, i64::MAX)).collect();
        let (read, unread) = self.read_past(topic, &reader, ends, patience).await?;
        reader.close().await;
        // An empty partition is read from its beginning.
        let mut next: Next = partitions.into_iter().map(|partition| ((topic, partition), 0)).collect();
        next.extend(read);
        next.retain(|(_, partition), _| !unread.contains(partition));
        Ok((next, unread))
    }

    /// Reads positions past the noted ends; then the first snapshot is complete. Returns the partitions that could not be read.
    async fn catch_up(
        &self,
        reader: &Reader,
        ends: HashMap<i32, i64>,
        patience: Option<Duration>,
    ) -> Result<BTreeSet<i32>, FollowError> {
        let started = Instant::now();
        let (_, unread) = self.read_past(Topic::NewPosition, reader, ends, patience).await?;
        self.send(Input::Complete).await?;
        tracing::info!(seconds = started.elapsed().as_secs_f64(), "The first snapshot is complete.");
        Ok(unread)
    }

    /// Reads each partition to its end, or past the given offset; returns the offsets after what was read, and the partitions of which nothing
    /// came for longer than `patience`.
    async fn read_past(
        &self,
        topic: Topic,
        reader: &Reader,
        ends: HashMap<i32, i64>,
        patience: Option<Duration>,
    ) -> Result<(Next, BTreeSet<i32>), FollowError> {
        // For a partition that is empty up to the noted end, the broker reports the end of the partition.
        let mut awaited = Awaited::new(ends, patience, Instant::now());
        let mut batch = Batch::new(&self.hub, &self.metrics);
        while !awaited.is_complete() {
            let event = match awaited.deadline() {
                None => reader.next().await?,
                Some(deadline) => match timeout_at(deadline.into(), reader.next()).await {
                    Ok(event) => event?,
                    Err(_) => break,
                },
            };
            match event {
                Event::End { partition } => awaited.end(partition, Instant::now()),
                Event::Record(record) => {
                    batch.push(topic, &record)?;
                    awaited.pass(record.partition(), record.offset() + 1, Instant::now());
                    if batch.is_full() {
                        let sending = Instant::now();
                        batch.send().await?;
                        awaited.excuse(sending.elapsed());
                    }
                }
            }
        }
        batch.send().await?;
        Ok((batch.next, awaited.left()))
    }

    /// Says in `/readyz`, in the log and by a metric which partitions cannot be read.
    fn report(&self, unread: &Unread) {
        self.metrics.unread_partitions(unread.iter().map(|(topic, _)| *topic));
        let named: Vec<_> = unread.iter().map(|(topic, partition)| (self.kafka.topic(*topic), *partition)).collect();
        if let Some(sentence) = sentence(&named) {
            tracing::warn!("{sentence}");
            self.health.dependency(DEPENDENCY, Some(sentence));
        }
    }

    /// Ends when one of these partitions can be read; never, when there are none.
    async fn until_readable(&self, unread: &Unread) -> Result<(), FollowError> {
        if unread.is_empty() {
            return std::future::pending().await;
        }
        let start = |(topic, partition): &(Topic, i32)| Start {
            topic: self.kafka.topic(*topic),
            partition: *partition,
            offset: Offset::Beginning,
        };
        let starts: Vec<_> = unread.iter().map(start).collect();
        let reader = Reader::open(&self.kafka, PURPOSE, &starts)?;
        let partition = match reader.next().await? {
            Event::Record(record) => record.partition(),
            Event::End { partition } => partition,
        };
        // The end of a partition does not name its topic.
        let mut topics = starts.into_iter().filter(|start| start.partition == partition).map(|start| start.topic);
        Err(FollowError::Returned { topic: topics.next().unwrap_or_default(), partition })
    }

    /// Follows what is not positions forever: each partition from its next offset, and dead letters.
    async fn follow_others(&self, next: Next, letters: Vec<Start>) -> Result<(), FollowError> {
        let topics = self.kafka.topics();
        let start = |((topic, partition), offset): (&(Topic, i32), &i64)| Start {
            topic: topics.name(*topic),
            partition: *partition,
            offset: Offset::Offset(*offset),
        };
        let starts: Vec<_> = next.iter().map(start).chain(letters).collect();
        let reader = Reader::tail(&self.kafka, PURPOSE, &starts)?;
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
    async fn ends(&self, topic: Topic) -> Result<Vec<Start>, FollowError> {
        Ok(Offsets::new(&self.client, &self.kafka, topic).await?.starts_at_ends(PATIENCE).await)
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
