//! How old positions are at each stage of their way: in Kafka's log, read by the gateway, written to a client.
//!
//! An age is measured by two clocks, the simulator's and that of Kafka or the gateway; where they differ so much that it would be negative, it
//! counts as zero. Where positions are read and written is left to `stream`, `writers` and `connection`.

use std::fmt;
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex};

use delivery_messages::Millis;
use delivery_observability::TracedHistogram;
use delivery_observability::locks::lock;
use delivery_observability::metrics::units;
use prometheus_client::encoding::{EncodeMetric, MetricEncoder, NoLabelSet};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::{Registry, Unit};

use crate::metrics::each::COUNTS_EACH;
use crate::metrics::labels::OfStage;
use crate::protocol::subscription::Kind;

/// Upper bounds of the age buckets, seconds.
pub(crate) const AGES: [f64; 12] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 60.0];

/// The ages of positions by stage; a clone shares them.
#[derive(Clone, Debug)]
pub(crate) struct Ages {
    by_stage: HistogramByStage,
    newest: Gauge<f64, AtomicU64>,
    ahead: Counter,
}

/// The stages, which are one metric.
#[derive(Clone, Debug)]
struct HistogramByStage {
    logged: TracedHistogram,
    read: TracedHistogram,
    written: WrittenAges,
}

/// The ages at the writes to clients. There are so many that they are counted together: see [`Tally`]. They belong to no trace.
#[derive(Clone, Debug, Default)]
struct WrittenAges(Arc<Mutex<Buckets>>);

#[derive(Debug, Default)]
struct Buckets {
    /// By the bounds in [`AGES`], and of what is beyond them.
    counts: [u64; AGES.len() + 1],
    /// Milliseconds.
    sum: Millis,
}

/// What one write to a client held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Written {
    pub frames: usize,
    positions: u64,
    /// When the oldest of the positions was due.
    oldest: Millis,
}

impl Written {
    /// These frames, with positions that were due at these times.
    pub(crate) fn new(frames: usize, due: impl Iterator<Item = Millis>) -> Self {
        let (positions, oldest) = due.fold((0, Millis::MAX), |(count, oldest), due| (count + 1, oldest.min(due)));
        Self { frames, positions, oldest }
    }

    /// Adds what belongs to the same write.
    pub(crate) fn add(&mut self, other: &Self) {
        self.frames += other.frames;
        self.positions += other.positions;
        self.oldest = self.oldest.min(other.oldest);
    }
}

/// What the clients of a kind were sent; each connection holds one, so that no write looks up labels.
#[derive(Clone, Debug)]
pub(crate) struct Sent {
    frames: Counter,
    shown: Counter,
    conflated: Counter,
    age: WrittenAges,
    early: Counter,
}

/// What a shard has written and not counted yet. Of all of it together, the clock is read once, and what the threads share is touched once.
#[derive(Debug, Default)]
pub(crate) struct Tally(Vec<Uncounted>);

/// The writes to clients of one kind.
#[derive(Debug)]
struct Uncounted {
    kind: Kind,
    sent: Sent,
    frames: usize,
    positions: u64,
    /// When the oldest position of a write was due, and of how many writes in a row: as a rule, of all.
    oldest: Vec<(Millis, u64)>,
}

impl Ages {
    pub(crate) fn new() -> Self {
        let (logged, read) = (TracedHistogram::new(AGES), TracedHistogram::new(AGES));
        let by_stage = HistogramByStage { logged, read, written: WrittenAges::default() };
        Self { by_stage, newest: Gauge::default(), ahead: Counter::default() }
    }

    pub(crate) fn register(self, registry: &mut Registry) {
        registry.register_with_unit(
            "position_age",
            "Time since a position was due, by stage: log (Kafka has it), read (by the gateway), written (to a client: of each write, the \
             oldest position)",
            Unit::Seconds,
            self.by_stage,
        );
        registry.register(
            "positions_from_the_future",
            "Positions written to a client before they were due",
            self.ahead,
        );
        registry.register_with_unit(
            "last_position_timestamp",
            "When the newest position read from Kafka was due, since the Unix epoch",
            Unit::Seconds,
            self.newest,
        );
    }

    /// A position that was due at a time, and that Kafka has had since another, was read now. Of the first of a delivery, the `traceparent`
    /// is known.
    pub(crate) fn read(&self, due: Millis, logged: Millis, now: Millis, traceparent: Option<&str>) {
        if !COUNTS_EACH {
            return;
        }
        self.by_stage.logged.observe(units::seconds(logged - due), traceparent);
        self.by_stage.read.observe(units::seconds(now - due), traceparent);
    }

    /// The newest position was due at `at`.
    pub(crate) fn newest(&self, at: Millis) {
        if COUNTS_EACH {
            self.newest.set(units::seconds(at));
        }
    }

    /// What counts frames and positions for the clients of a kind.
    pub(crate) fn sent(&self, frames: Counter, shown: Counter, conflated: Counter) -> Sent {
        Sent { frames, shown, conflated, age: self.by_stage.written.clone(), early: self.ahead.clone() }
    }
}

impl Sent {
    /// Frames were written.
    pub(crate) fn messages(&self, count: usize) {
        self.frames.inc_by(u64::try_from(count).unwrap_or(u64::MAX));
    }

    /// Positions that were due at these times were written together. The oldest of them counts for their age.
    pub(crate) fn positions(&self, due: impl Iterator<Item = Millis>, now: Millis) {
        self.written(&Written::new(0, due), now);
    }

    /// All of this was written, at once.
    pub(crate) fn written(&self, written: &Written, now: Millis) {
        if !COUNTS_EACH {
            return;
        }
        self.messages(written.frames);
        if written.positions > 0 {
            self.shown.inc_by(written.positions);
            self.aged(&[(written.oldest, 1)], now);
        }
    }

    /// There were so many writes whose oldest position was due then.
    fn aged(&self, writes: &[(Millis, u64)], now: Millis) {
        for (_, count) in writes.iter().filter(|(due, _)| now < *due) {
            self.early.inc_by(*count);
        }
        self.age.observe(writes.iter().map(|(due, count)| (now.saturating_sub(*due), *count)));
    }

    /// Positions were conflated for a slow client.
    pub(crate) fn conflated(&self, count: u64) {
        if count > 0 {
            self.conflated.inc_by(count);
        }
    }
}

impl Tally {
    /// This was written just now, to a client of this kind.
    pub(crate) fn note(&mut self, kind: Kind, sent: &Sent, written: &Written) {
        if !COUNTS_EACH {
            return;
        }
        let known = self.0.iter().position(|uncounted| uncounted.kind == kind);
        let place = known.unwrap_or_else(|| {
            self.0.push(Uncounted { kind, sent: sent.clone(), frames: 0, positions: 0, oldest: Vec::new() });
            self.0.len() - 1
        });
        let Some(uncounted) = self.0.get_mut(place) else { return };
        uncounted.frames += written.frames;
        if written.positions == 0 {
            return;
        }
        uncounted.positions += written.positions;
        match uncounted.oldest.last_mut() {
            Some((due, count)) if *due == written.oldest => *count += 1,
            _ => uncounted.oldest.push((written.oldest, 1)),
        }
    }

    /// Counts all of it, as written now.
    pub(crate) fn settle(&mut self, now: Millis) {
        for Uncounted { sent, frames, positions, oldest, .. } in &mut self.0 {
            if *frames > 0 {
                sent.messages(std::mem::take(frames));
            }
            if !oldest.is_empty() {
                sent.shown.inc_by(std::mem::take(positions));
                sent.aged(oldest, now);
                oldest.clear();
            }
        }
    }
}

impl WrittenAges {
    /// Observes so many writes of each of these ages, milliseconds.
    fn observe(&self, ages: impl Iterator<Item = (Millis, u64)>) {
        let mut buckets = lock(&self.0);
        for (age, writes) in ages {
            let seconds = units::seconds(age);
            let bucket = AGES.partition_point(|bound| *bound < seconds);
            if let Some(count) = buckets.counts.get_mut(bucket) {
                *count += writes;
            }
            let sum = age.max(0).saturating_mul(i64::try_from(writes).unwrap_or(i64::MAX));
            buckets.sum = buckets.sum.saturating_add(sum);
        }
    }
}

impl EncodeMetric for WrittenAges {
    fn encode(&self, mut encoder: MetricEncoder<'_>) -> fmt::Result {
        let (counts, sum) = {
            let buckets = lock(&self.0);
            (buckets.counts, buckets.sum)
        };
        let bounds = AGES.into_iter().chain([f64::INFINITY]);
        let buckets: Vec<(f64, u64)> = bounds.zip(counts).collect();
        encoder.encode_histogram::<NoLabelSet>(units::seconds(sum), counts.iter().sum(), &buckets, None)
    }

    fn metric_type(&self) -> MetricType {
        MetricType::Histogram
    }
}

impl EncodeMetric for HistogramByStage {
    fn encode(&self, mut encoder: MetricEncoder<'_>) -> fmt::Result {
        self.logged.encode(encoder.encode_family(&OfStage { stage: "log" })?)?;
        self.read.encode(encoder.encode_family(&OfStage { stage: "read" })?)?;
        self.written.encode(encoder.encode_family(&OfStage { stage: "written" })?)
    }

    fn metric_type(&self) -> MetricType {
        MetricType::Histogram
    }
}

#[cfg(test)]
#[path = "tests/ages.rs"]
mod tests;
