//! The workers: each goes through its part of the clients whenever something is published.

use std::sync::{Arc, Mutex};
use std::thread::available_parallelism;
use std::time::{Duration, Instant};

use delivery_observability::Heartbeat;
use delivery_observability::locks::lock;
use tokio::task::yield_now;

use super::slot::Slot;
use super::walk::Walk;
use crate::metrics::ages::{Sent, Tally};
use crate::model::clock::now;
use crate::protocol::subscription::Kind;
use crate::stream::live::Live;

/// How many clients are served before others may use the processor: a third of a millisecond's worth.
const BURST: usize = 64;
/// How long a walk through all clients may take before the process is not ready.
pub(crate) const ROUND: Duration = Duration::from_secs(30);

/// A part of the clients.
#[derive(Debug, Default)]
pub(crate) struct Shard(Mutex<Slots>);

/// The clients, each in the same place until it leaves, so that a walk misses none of them.
#[derive(Debug, Default)]
struct Slots {
    places: Vec<Option<Arc<Slot>>>,
    free: Vec<usize>,
}

/// All shards.
#[derive(Debug)]
pub(crate) struct Writers(Box<[Arc<Shard>]>);

/// A client's place in its shard, until it is dropped.
#[derive(Debug)]
pub(crate) struct Membership {
    shard: Arc<Shard>,
    place: usize,
    /// Where the client's task and the shard meet.
    pub slot: Arc<Slot>,
}

impl Writers {
    /// A shard for each processor.
    pub(crate) fn for_this_machine() -> Self {
        Self::new(available_parallelism().map_or(1, usize::from))
    }

    /// So many shards, but at least one.
    pub(crate) fn new(count: usize) -> Self {
        Self((0..count.max(1)).map(|_| Arc::default()).collect())
    }

    /// The shards, for [`run`].
    pub(crate) fn shards(&self) -> impl Iterator<Item = &Arc<Shard>> {
        self.0.iter()
    }

    /// Adds a client. `connection` is its number: those that come one after the other go to different shards.
    pub(crate) fn join(&self, connection: u64, kind: Kind, sent: Sent) -> Membership {
        let slot = Arc::new(Slot::new(kind, sent));
        let turn = usize::try_from(connection).unwrap_or_default() % self.0.len().max(1);
        // There is at least one, so the default is never taken.
        let shard = self.0.get(turn).cloned().unwrap_or_default();
        let place = lock(&shard.0).add(Arc::clone(&slot));
        Membership { shard, place, slot }
    }
}

impl Drop for Membership {
    /// Gives the socket back as well: it closes with its last holder.
    fn drop(&mut self) {
        drop(self.slot.take());
        lock(&self.shard.0).remove(self.place);
    }
}

impl Slots {
    fn add(&mut self, slot: Arc<Slot>) -> usize {
        if let Some(place) = self.free.pop()
            && let Some(free) = self.places.get_mut(place)
        {
            *free = Some(slot);
            return place;
        }
        self.places.push(Some(slot));
        self.places.len() - 1
    }

    fn remove(&mut self, place: usize) {
        if let Some(taken) = self.places.get_mut(place)
            && taken.take().is_some()
        {
            self.free.push(place);
        }
    }

    /// Adds the clients of one burst to `found`; returns where the next burst begins, if there is one.
    fn burst(&self, from: usize, found: &mut Vec<Arc<Slot>>) -> Option<usize> {
        let rest = self.places.get(from..).unwrap_or_default();
        let (burst, rest) = rest.split_at_checked(BURST).unwrap_or((rest, &[]));
        found.extend(burst.iter().flatten().cloned());
        (!rest.is_empty()).then_some(from + BURST)
    }
}

/// Serves a shard's clients. Never ends as long as there is a hub.
pub(crate) async fn run(shard: Arc<Shard>, live: Arc<Live>, heartbeat: Heartbeat) {
    let mut changes = live.changes();
    // What was published before this task began.
    changes.mark_changed();
    let mut burst = Vec::with_capacity(BURST);
    let mut tally = Tally::default();
    while changes.changed().await.is_ok() {
        let _round = heartbeat.round();
        let mut walk = Walk::new(&live, Instant::now());
        let mut from = Some(0);
        while let Some(begin) = from {
            from = lock(&shard.0).burst(begin, &mut burst);
            for slot in burst.drain(..) {
                slot.serve(&mut walk, &mut tally);
            }
            // As old as at the end of the burst: a third of a millisecond more at most.
            tally.settle(now());
            if from.is_some() {
                yield_now().await;
            }
        }
    }
}

#[cfg(test)]
#[path = "tests/shard.rs"]
mod tests;
