//! The pulse of the log while the run goes on: when each delivery's positions last came, the longest silence of each
//! partition, and which deliveries the start requests became.
//!
//! It reads as any consumer would, and judges nothing. What the log holds in the end is read anew by [`crate::truth`].

use crate::setting::Setting;
use anyhow::Result;
use delivery_kafka::{Event, Reader, Start, partitions};
use delivery_messages::{NewPosition, Plan, Topic, decode};
use rdkafka::Offset;
use rdkafka::message::Message;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// One delivery's newest position.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Beat {
    last: Instant,
    partition: i32,
    finished: bool,
    silence: Silence,
}

/// How long nothing came, since [`Pulse::listen`].
#[derive(Clone, Copy, Debug)]
struct Silence {
    since: Instant,
    longest: Duration,
}

impl Silence {
    const fn begin(since: Instant) -> Self {
        Self { since, longest: Duration::ZERO }
    }

    /// Something came.
    fn end(&mut self, now: Instant) {
        (self.longest, self.since) = (self.longest(now), now);
    }

    fn longest(&self, now: Instant) -> Duration {
        self.longest.max(now.saturating_duration_since(self.since))
    }
}

/// What has been read so far.
#[derive(Debug, Default)]
pub(crate) struct Rhythm {
    pub(crate) deliveries: HashMap<String, Beat>,
    /// Of each partition.
    silences: BTreeMap<i32, Silence>,
    /// Of each request the deliveries that it became, and when the first was seen.
    pub(crate) requests: HashMap<String, (Instant, HashSet<String>)>,
}

impl Rhythm {
    /// The ids of the deliveries under way that have had no position since.
    pub(crate) fn silent_since(&self, since: Instant) -> impl Iterator<Item = &str> {
        let silent = self.deliveries.iter().filter(move |(_, beat)| !beat.finished && beat.last <= since);
        silent.map(|(id, _)| id.as_str())
    }

    /// How many are under way.
    pub(crate) fn under_way(&self) -> usize {
        self.deliveries.values().filter(|beat| !beat.finished).count()
    }

    /// How many of these are under way.
    pub(crate) fn under_way_of(&self, ids: &HashSet<String>) -> usize {
        self.deliveries.iter().filter(|(id, beat)| !beat.finished && ids.contains(*id)).count()
    }

    /// The partition with the most deliveries under way.
    pub(crate) fn busiest(&self) -> Option<i32> {
        let mut counts = BTreeMap::new();
        for beat in self.deliveries.values().filter(|beat| !beat.finished) {
            *counts.entry(beat.partition).or_insert(0) += 1;
        }
        counts.into_iter().max_by_key(|(_, count)| *count).map(|(partition, _)| partition)
    }

    /// Of each partition with deliveries under way the longest silence since [`Pulse::listen`].
    pub(crate) fn silences(&self, now: Instant) -> BTreeMap<i32, Duration> {
        let busy: HashSet<_> =
            self.deliveries.values().filter(|beat| !beat.finished).map(|beat| beat.partition).collect();
        let busy = self.silences.iter().filter(|(partition, _)| busy.contains(partition));
        busy.map(|(partition, silence)| (*partition, silence.longest(now))).collect()
    }

    /// The longest silence of any delivery under way since [`Pulse::listen`].
    pub(crate) fn silence(&self, now: Instant) -> Duration {
        let under_way = self.deliveries.values().filter(|beat| !beat.finished);
        under_way.map(|beat| beat.silence.longest(now)).max().unwrap_or_default()
    }
}

/// Two readers' notes.
#[derive(Clone, Debug, Default)]
pub(crate) struct Pulse(Arc<Mutex<Rhythm>>);

impl Pulse {
    pub(crate) fn with<T>(&self, read: impl FnOnce(&mut Rhythm) -> T) -> T {
        read(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Begins to measure silences.
    pub(crate) fn listen(&self) {
        let now = Instant::now();
        self.with(|rhythm| {
            let deliveries = rhythm.deliveries.values_mut().map(|beat| &mut beat.silence);
            for silence in deliveries.chain(rhythm.silences.values_mut()) {
                *silence = Silence::begin(now);
            }
        });
    }

    /// Follows the positions of this run's routes from now on, for ever.
    pub(crate) async fn positions(self, setting: Arc<Setting>) -> Result<()> {
        let reader = open(&setting, Topic::NewPosition).await?;
        loop {
            let Event::Record(record) = reader.next().await? else { continue };
            let Ok(position) = decode::<NewPosition>(Topic::NewPosition, record.payload()) else { continue };
            if !position.route_id.starts_with(&setting.run) {
                continue;
            }
            let (now, partition) = (Instant::now(), record.partition());
            self.with(|rhythm| {
                rhythm.silences.entry(partition).or_insert_with(|| Silence::begin(now)).end(now);
                let new = Beat { last: now, partition, finished: false, silence: Silence::begin(now) };
                let beat = rhythm.deliveries.entry(position.delivery_id).or_insert(new);
                beat.silence.end(now);
                (beat.last, beat.finished) = (now, position.finished);
            });
        }
    }

    /// Follows the plans of this run's requests from now on, for ever.
    pub(crate) async fn plans(self, setting: Arc<Setting>) -> Result<()> {
        let reader = open(&setting, Topic::Plan).await?;
        loop {
            let Event::Record(record) = reader.next().await? else { continue };
            let Ok(plan) = decode::<Plan>(Topic::Plan, record.payload()) else { continue };
            if let Some(request) = plan.request_id.filter(|_| plan.route_id.starts_with(&setting.run)) {
                self.with(|rhythm| {
                    let became = rhythm.requests.entry(request).or_insert_with(|| (Instant::now(), HashSet::new()));
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
