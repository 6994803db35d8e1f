//! The one task that owns the table: it folds the records that are read and publishes the changes.
//!
//! Everything that has arrived in the meantime is folded together and published once. Nothing is published before the
//! first snapshot is complete, so that no client sees a vehicle race through its past. A position waits in
//! [`crate::ingest::reorder_buffer`] until its delivery is known.

use std::sync::Arc;
use std::time::{Duration, Instant};

use delivery_messages::{Millis, Topic};
use tokio::sync::mpsc;
use tokio::time::{MissedTickBehavior, interval, sleep_until};

use super::live::Live;
use super::pace::Pace;
use crate::ingest::input::{Input, QUEUE};
use crate::ingest::reorder_buffer::ReorderBuffer;
use crate::metrics::Metrics;
use crate::model::clock::now;
use crate::model::record::{Record, RecordOffset};
use crate::state::table::Table;

const EVICT_EVERY: Duration = Duration::from_secs(5);
/// Before the first snapshot is complete, a position that is older than this, in milliseconds, does not wait for its
/// delivery: the delivery's plan would have been read by now.
const OLD: Millis = 30_000;

/// Runs until all readers of Kafka are gone.
pub(crate) async fn run(mut inputs: mpsc::Receiver<Input>, live: Arc<Live>, metrics: Metrics) {
    let mut hub = Hub {
        table: Table::default(),
        reorder: ReorderBuffer::default(),
        head: Vec::new(),
        live,
        metrics,
        complete: false,
        pace: Pace::default(),
        gathering: false,
        positions: 0,
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
                hub.take(batch.drain(..));
            }
            _ = evict.tick() => hub.evict(now()),
            () = until(hub.reorder.deadline()) => {
                hub.release();
                hub.publish();
            }
            () = until(hub.due()) => hub.publish(),
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
    live: Arc<Live>,
    metrics: Metrics,
    complete: bool,
    pace: Pace,
    /// Whether changes wait for the pace.
    gathering: bool,
    /// Positions since the last publication.
    positions: usize,
}

impl Hub {
    fn take(&mut self, inputs: impl Iterator<Item = Input>) {
        for input in inputs {
            match input {
                Input::Records(records) => {
                    for record in records {
                        self.receive(record);
                    }
                    self.release();
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
                    self.pace = Pace::default();
                }
            }
        }
        if !self.complete || self.pace.allows(Instant::now()) {
            self.publish();
        } else {
            self.gathering = true;
        }
    }

    /// When the changes that wait for the pace are published.
    fn due(&self) -> Option<Instant> {
        self.pace.next().filter(|_| self.gathering)
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
        let topic = match &record {
            Record::Plan { .. } => Topic::Plan,
            Record::State { .. } => Topic::State,
            Record::Route { .. } => Topic::Catalogue,
            Record::Erased { .. } => Topic::Erased,
            Record::Position { position, offset, .. } => {
                self.metrics.newest_position(position.at);
                self.positions += 1;
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
    }

    fn evict(&mut self, now: Millis) {
        if self.complete {
            self.table.evict(now);
            self.metrics.deliveries(&self.table.count());
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
        self.pace.published(Instant::now(), std::mem::take(&mut self.positions), self.live.listeners());
        self.gathering = false;
        let changes = self.table.changes();
        let accepted: Vec<String> = changes
            .deliveries
            .iter()
            .filter(|change| change.marks.accepted)
            .filter_map(|change| change.delivery.as_ref()?.about.request_id.clone())
            .collect();
        self.live.publish(changes.into(), &self.head);
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
