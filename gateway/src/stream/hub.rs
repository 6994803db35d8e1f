//! The one task that owns the table: it folds the records that are read and publishes the changes.
//!
//! Everything that has arrived in the meantime is folded together and published once. Nothing is published before the
//! first snapshot is complete, so that no client sees a vehicle race through its past. A position waits in
//! [`crate::ingest::reorder_buffer`] until its delivery is known.

use std::sync::Arc;
use std::time::{Duration, Instant};

use delivery_messages::{Millis, Topic};
use delivery_observability::Heartbeat;
use tokio::sync::mpsc;
use tokio::time::{MissedTickBehavior, interval, sleep_until};

use super::live::Live;
use super::pace::Pace;
use crate::ingest::first_position::FirstPosition;
use crate::ingest::input::{Input, QUEUE};
use crate::ingest::reorder_buffer::ReorderBuffer;
use crate::metrics::Metrics;
use crate::model::clock::now;
use crate::model::limits::Impossible;
use crate::model::record::{Record, RecordOffset};
use crate::state::changes::Folded;
use crate::state::table::Table;

const EVICT_EVERY: Duration = Duration::from_secs(5);
/// How long a round may take before the process is not ready: to fold what was read at a time, and to publish it.
pub(crate) const ROUND: Duration = Duration::from_secs(30);
/// Before the first snapshot is complete, a position that is older than this, in milliseconds, does not wait for its
/// delivery: the delivery's plan would have been read by now.
const OLD: Millis = 30_000;

/// Runs until all readers of Kafka are gone. `used` says how much processor time this process has used.
pub(crate) async fn run(
    table: Table,
    mut inputs: mpsc::Receiver<Input>,
    live: Arc<Live>,
    metrics: Metrics,
    used: fn() -> Duration,
    heartbeat: Heartbeat,
) {
    let mut hub = Hub {
        table,
        reorder: ReorderBuffer::default(),
        head: Vec::new(),
        read_at: now(),
        live,
        metrics,
        complete: false,
        pace: Pace::new(),
        used,
        firsts: Vec::new(),
        logged: None,
    };
    let mut evict = interval(EVICT_EVERY);
    evict.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut batch = Vec::with_capacity(QUEUE);
    loop {
        tokio::select! {
            received = inputs.recv_many(&mut batch, QUEUE) => {
                if received == 0 {
                    return;
                }
                let _round = heartbeat.round();
                hub.take(batch.drain(..));
            }
            _ = evict.tick() => {
                let _round = heartbeat.round();
                hub.evict(now());
            }
            () = until(hub.reorder.deadline()) => {
                let _round = heartbeat.round();
                hub.read_at = now();
                hub.release();
                hub.publish_if_due();
            }
            () = until(hub.pace.next()) => {
                let _round = heartbeat.round();
                hub.publish_if_due();
            }
        }
    }
}

async fn until(deadline: Option<Instant>) {
    match deadline {
        Some(deadline) => sleep_until(deadline.into()).await,
        None => std::future::pending().await,
    }
}

struct Hub {
    table: Table,
    reorder: ReorderBuffer,
    /// The next offset of each partition after the folded records.
    head: Vec<i64>,
    /// When the records that are folded now were read.
    read_at: Millis,
    live: Arc<Live>,
    metrics: Metrics,
    complete: bool,
    pace: Pace,
    used: fn() -> Duration,
    /// The first positions that are not published yet, while traces are recorded.
    firsts: Vec<FirstPosition>,
    /// When an impossible record was last logged.
    logged: Option<Instant>,
}

impl Hub {
    fn take(&mut self, inputs: impl Iterator<Item = Input>) {
        self.read_at = now();
        for input in inputs {
            match input {
                Input::Records(records) => self.receive_all(records),
                Input::Traced(records, firsts) => {
                    // What was in Kafka before this process began has long been shown by another.
                    self.firsts.extend(firsts.into_iter().filter(|_| self.complete));
                    self.receive_all(records);
                }
                // The requesting task may have ended; then the hub will end too.
                Input::Needed(answer) => drop(answer.send(self.table.needed_offsets())),
                Input::Positions(log, starts) => {
                    self.table.follow();
                    self.head.clone_from(&starts);
                    self.live.begin(log, starts);
                }
                Input::Complete => {
                    self.table.evict(now());
                    self.complete = true;
                    self.pace = Pace::new();
                }
            }
        }
        self.publish_if_due();
    }

    fn publish_if_due(&mut self) {
        if !self.complete || self.pace.allows(Instant::now(), (self.used)()) {
            self.publish();
        }
    }

    fn receive_all(&mut self, records: Vec<Record>) {
        for record in records {
            self.receive(record);
        }
        self.release();
    }

    fn receive(&mut self, record: Record) {
        let (Record::Position { offset, .. } | Record::Unreadable(offset)) = record else {
            self.fold(record);
            return;
        };
        let known = expected(&self.table, self.complete);
        if let Some(record) = self.reorder.offer(record, offset, Instant::now(), known) {
            self.fold(record);
        }
    }

    /// Folds the positions that have waited long enough.
    fn release(&mut self) {
        if self.reorder.deadline().is_some() {
            for record in self.reorder.release(Instant::now(), expected(&self.table, self.complete)) {
                self.fold(record);
            }
        }
    }

    fn reach(&mut self, offset: RecordOffset) {
        if let Some(next) = usize::try_from(offset.partition).ok().and_then(|partition| self.head.get_mut(partition)) {
            *next = (*next).max(offset.offset + 1);
        }
    }

    fn fold(&mut self, record: Record) {
        let mut placed = None;
        let topic = match &record {
            Record::Plan { .. } => Topic::Plan,
            Record::State { .. } => Topic::State,
            Record::Route { .. } => Topic::Catalogue,
            Record::Erased { .. } => Topic::Erased,
            Record::Position { position, time, offset } => {
                placed = Some((position.at, *time, *offset, self.traceparent_of(&position.delivery_id, position.seq)));
                self.reach(*offset);
                Topic::NewPosition
            }
            Record::Unreadable(offset) => {
                self.reach(*offset);
                return;
            }
            Record::Rejected(rejection) => {
                self.live.reject(rejection);
                Topic::DeadLetters
            }
        };
        let folded = self.table.fold(record);
        self.metrics.record(topic, folded);
        match (folded, placed) {
            (Folded::Impossible(why), placed) => self.log(topic, placed.map(|(_, _, offset, _)| offset), why),
            (folded, Some((due, logged, _, trace))) => self.note_age(folded, due, logged, trace.as_deref()),
            _ => {}
        }
    }

    /// The `traceparent` of a position, which is known of the first of a delivery; of the many others nothing is looked up.
    fn traceparent_of(&self, delivery_id: &str, seq: u64) -> Option<String> {
        if seq != 0 {
            return None;
        }
        self.firsts.iter().find_map(|first| first.traceparent_of(delivery_id))
    }

    /// Notes a position that was due at a time, and that the log has had since another. What is read before the first snapshot is
    /// complete is the past, and of no age.
    fn note_age(&self, folded: Folded, due: Millis, logged: Millis, traceparent: Option<&str>) {
        let ages = self.metrics.ages();
        ages.newest(due);
        if self.complete && folded == Folded::Applied {
            ages.read(due, logged, self.read_at, traceparent);
        }
    }

    /// Logs at most one impossible record a second.
    fn log(&mut self, topic: Topic, offset: Option<RecordOffset>, why: Impossible) {
        if self.logged.is_none_or(|logged| logged.elapsed() > Duration::from_secs(1)) {
            self.logged = Some(Instant::now());
            tracing::warn!(topic = topic.name(), ?offset, %why, "Dropped a record that its delivery cannot have written.");
        }
    }

    fn evict(&mut self, now: Millis) {
        if self.complete {
            self.table.evict(now);
            self.metrics.deliveries(&self.table.count());
            self.metrics.ring_span(self.live.published().ring.span());
            self.publish();
        }
    }

    fn publish(&mut self) {
        if !self.complete {
            let stream = self.table.take_stream();
            if !stream.is_empty() {
                self.live.fill(stream, &self.head);
            }
            return;
        }
        let changes = self.table.changes();
        let accepted: Vec<String> = changes
            .deliveries
            .iter()
            .filter(|change| change.marks.accepted)
            .filter_map(|change| change.delivery.as_ref()?.about.request_id.clone())
            .collect();
        self.live.publish(changes.into(), &self.head);
        for first in self.firsts.drain(..) {
            first.published();
        }
        self.metrics.ring(self.live.published().ring.bytes());
        self.live.set_ready();
        for request in accepted {
            self.live.accept(&request);
        }
    }
}

/// Whether a record of the positions' topic need not wait.
fn expected(table: &Table, complete: bool) -> impl Fn(&Record) -> bool {
    let old = now() - OLD;
    move |record| match record {
        Record::Position { position, time, .. } => (!complete && *time < old) || table.expects(&position.delivery_id),
        _ => true,
    }
}

#[cfg(test)]
#[path = "tests/hub.rs"]
mod tests;
