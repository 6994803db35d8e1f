//! Tombstones that must be written a second time, so that Kafka compacts their keys away.
//!
//! Compaction skips the active segment, and a segment is rolled by time only when the next record arrives. In a quiet topic a plan and
//! its tombstone would stay in the active segment forever. A second tombstone, written when the segment is old enough, rolls it.
//! Reading a tombstone of a known key, even at the start, schedules the second one; a tombstone of an unknown key schedules nothing, so there is no third.
//!
//! How old a segment is follows from when this process wrote or read the first tombstone, not from anybody's clock: a second one that came too
//! early would roll nothing, and the key would stay.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard};
use std::time::{Duration, Instant};

use delivery_messages::Topic;
use delivery_observability::locks::lock;

/// When the second one is due, after the first: segments of these topics are rolled after ten minutes.
pub(crate) const DUE: Duration = Duration::from_mins(11);

/// The removed keys, and when this process wrote or read their first tombstones.
#[derive(Debug, Default)]
pub(crate) struct PendingTombstones(Mutex<BTreeMap<(Topic, String), Instant>>);

impl PendingTombstones {
    fn lock(&self) -> MutexGuard<'_, BTreeMap<(Topic, String), Instant>> {
        lock(&self.0)
    }

    /// Schedules the second tombstone of a key that had a record before.
    pub(crate) fn note(&self, topic: Topic, key: &str, at: Instant) {
        self.lock().insert((topic, key.to_owned()), at);
    }

    /// The keys whose second tombstone is due.
    #[must_use]
    pub(crate) fn due(&self, now: Instant, limit: usize) -> Vec<(Topic, String)> {
        let keys = self.lock();
        let due = keys.iter().filter(|(_, at)| now.saturating_duration_since(**at) >= DUE);
        due.take(limit).map(|(key, _)| key.clone()).collect()
    }

    /// The second one was written, or the key is in use again.
    pub(crate) fn done(&self, topic: Topic, key: &str) {
        self.lock().remove(&(topic, key.to_owned()));
    }
}

#[cfg(test)]
#[path = "tests/tombstones.rs"]
mod tests;
