//! The one task that owns the table: it folds what the followers bring and publishes what changed.
//!
//! What has come in the meantime is folded together and published once. Nothing is published before the first snapshot is
//! complete, so that no client sees a vehicle race through its past.

use crate::live::Live;
use crate::metrics::Metrics;
use crate::record::Record;
use crate::table::Table;
use delivery_messages::{Millis, Topic};
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};
use tokio::time::{MissedTickBehavior, interval};

/// How many batches of records wait for the hub at most.
pub const QUEUE: usize = 16;
const EVICT_EVERY: Duration = Duration::from_secs(5);

/// What the followers tell the hub.
#[derive(Debug)]
pub enum Input {
    /// Records of any topics, in order per topic.
    Records(Vec<Record>),
    /// Asks for [`Table::needed_offsets`].
    Needed(oneshot::Sender<HashMap<i32, i64>>),
    /// All that was there at the start has been sent.
    Complete,
}

/// Runs until all followers are gone.
pub async fn run(mut inputs: mpsc::Receiver<Input>, live: Arc<Live>, metrics: Metrics) {
    let mut hub = Hub { table: Table::default(), live, metrics, complete: false };
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
        }
    }
}

struct Hub {
    table: Table,
    live: Arc<Live>,
    metrics: Metrics,
    complete: bool,
}

impl Hub {
    fn take(&mut self, inputs: impl Iterator<Item = Input>) {
        for input in inputs {
            match input {
                Input::Records(records) => records.into_iter().for_each(|record| self.fold(record)),
                // The follower that asked may have ended; then so will the hub.
                Input::Needed(answer) => drop(answer.send(self.table.needed_offsets())),
                Input::Complete => {
                    self.table.evict(now());
                    self.complete = true;
                }
            }
        }
        self.publish();
    }

    fn fold(&mut self, record: Record) {
        let topic = match &record {
            Record::Plan { .. } => Topic::Plan,
            Record::State { .. } => Topic::State,
            Record::Route { .. } => Topic::Catalogue,
            Record::Position { position, .. } => {
                self.metrics.newest_position(position.at);
                Topic::NewPosition
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
            return;
        }
        let changes = self.table.changes();
        let accepted: Vec<String> = changes
            .deliveries
            .iter()
            .filter(|change| change.marks.accepted)
            .filter_map(|change| change.delivery.as_ref()?.about.request_id.clone())
            .collect();
        self.live.publish(changes.into());
        self.live.set_ready();
        for request in accepted {
            self.live.accept(&request);
        }
    }
}

/// Milliseconds since the Unix epoch.
#[must_use]
pub fn now() -> Millis {
    jiff::Timestamp::now().as_millisecond()
}
