//! The activity in the log during the run: when each delivery last had a position, the longest silence of each partition, and which
//! deliveries the start requests became.
//!
//! It reads like any consumer and judges nothing. What the log contains at the end is read again by [`super::log`].

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::Result;
use delivery_kafka::read::partitions;
use delivery_kafka::{Event, Reader, Start};
use delivery_messages::{NewPosition, Plan, Topic, decode};
use rdkafka::Offset;
use rdkafka::message::Message;

use crate::setting::Setting;

/// One delivery's newest position.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Newest {
    last: Instant,
    partition: i32,
    finished: bool,
    silence: Silence,
}

/// How long there was no position, since [`ActivityWatch::restart_silences`].
#[derive(Clone, Copy, Debug)]
struct Silence {
    since: Instant,
    longest: Duration,
}

impl Silence {
    const fn begin(since: Instant) -> Self {
        Self { since, longest: Duration::ZERO }
    }

    /// A position came.
    fn end(&mut self, now: Instant) {
        (self.longest, self.since) = (self.longest(now), now);
    }

    fn longest(&self, now: Instant) -> Duration {
        self.longest.max(now.saturating_duration_since(self.since))
    }
}

/// What has been read so far.
#[derive(Debug, Default)]
pub(crate) struct Activity {
    pub(crate) deliveries: HashMap<String, Newest>,
    /// By partition.
    silences: BTreeMap<i32, Silence>,
    /// By request: when its first delivery was seen, and all deliveries that it became.
    pub(crate) requests: HashMap<String, (Instant, HashSet<String>)>,
}

impl Activity {
    /// The ids of the deliveries under way without a position since then.
    pub(crate) fn silent_since(&self, since: Instant) -> impl Iterator<Item = &str> {
        let silent = self.deliveries.iter().filter(move |(_, newest)| !newest.finished && newest.last <= since);
        silent.map(|(id, _)| id.as_str())
    }

    /// How many are under way.
    pub(crate) fn under_way(&self) -> usize {
        self.deliveries.values().filter(|newest| !newest.finished).count()
    }

    /// How many of these are under way.
    pub(crate) fn under_way_of(&self, ids: &HashSet<String>) -> usize {
        self.deliveries.iter().filter(|(id, newest)| !newest.finished && ids.contains(*id)).count()
    }

    /// The partition with the most deliveries under way.
    pub(crate) fn busiest(&self) -> Option<i32> {
        let mut counts = BTreeMap::new();
        for newest in self.deliveries.values().filter(|newest| !newest.finished) {
            *counts.entry(newest.partition).or_insert(0) += 1;
        }
        counts.into_iter().max_by_key(|(_, count)| *count).map(|(partition, _)| partition)
    }

    /// The longest silence of each partition with deliveries under way, since [`ActivityWatch::restart_silences`].
    pub(crate) fn silences(&self, now: Instant) -> BTreeMap<i32, Duration> {
        let busy: HashSet<_> =
            self.deliveries.values().filter(|newest| !newest.finished).map(|newest| newest.partition).collect();
        let busy = self.silences.iter().filter(|(partition, _)| busy.contains(partition));
        busy.map(|(partition, silence)| (*partition, silence.longest(now))).collect()
    }

    /// The longest silence of any delivery under way since [`ActivityWatch::restart_silences`].
    pub(crate) fn silence(&self, now: Instant) -> Duration {
        let under_way = self.deliveries.values().filter(|newest| !newest.finished);
        under_way.map(|newest| newest.silence.longest(now)).max().unwrap_or_default()
    }
}

/// The activity, kept up to date by two readers.
#[derive(Clone, Debug, Default)]
pub(crate) struct ActivityWatch(Arc<Mutex<Activity>>);

impl ActivityWatch {
    pub(crate) fn with<T>(&self, read: impl FnOnce(&mut Activity) -> T) -> T {
        read(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Starts measuring silences from now.
    pub(crate) fn restart_silences(&self) {
        let now = Instant::now();
        self.with(|activity| {
            let deliveries = activity.deliveries.values_mut().map(|newest| &mut newest.silence);
            for silence in deliveries.chain(activity.silences.values_mut()) {
                *silence = Silence::begin(now);
            }
        });
    }

    /// Follows the positions of this run's routes from now on, forever.
    pub(crate) async fn positions(self, setting: Arc<Setting>) -> Result<()> {
        let reader = open(&setting, Topic::NewPosition).await?;
        loop {
            let Event::Record(record) = reader.next().await? else { continue };
            let Ok(position) = decode::<NewPosition>(Topic::NewPosition, record.payload()) else { continue };
            if !position.route_id.starts_with(&setting.run) {
                continue;
            }
            let (now, partition) = (Instant::now(), record.partition());
            self.with(|activity| {
                activity.silences.entry(partition).or_insert_with(|| Silence::begin(now)).end(now);
                let new = Newest { last: now, partition, finished: false, silence: Silence::begin(now) };
                let newest = activity.deliveries.entry(position.delivery_id).or_insert(new);
                newest.silence.end(now);
                (newest.last, newest.finished) = (now, position.finished);
            });
        }
    }

    /// Follows the plans of this run's requests from now on, forever.
    pub(crate) async fn plans(self, setting: Arc<Setting>) -> Result<()> {
        let reader = open(&setting, Topic::Plan).await?;
        loop {
            let Event::Record(record) = reader.next().await? else { continue };
            let Ok(plan) = decode::<Plan>(Topic::Plan, record.payload()) else { continue };
            if let Some(request) = plan.request_id.filter(|_| plan.route_id.starts_with(&setting.run)) {
                self.with(|activity| {
                    let became = activity.requests.entry(request).or_insert_with(|| (Instant::now(), HashSet::new()));
                    became.1.insert(plan.delivery_id);
                });
            }
        }
    }
}

async fn open(setting: &Setting, topic: Topic) -> Result<Reader> {
    let topic = setting.kafka.topic(topic);
    let count = partitions::wait(&setting.kafka, "chaos", &topic).await?;
    let starts: Vec<_> =
        (0..count).map(|partition| Start { topic: topic.clone(), partition, offset: Offset::End }).collect();
    Ok(Reader::open(&setting.kafka, "chaos", &starts)?)
}
