//! Tombstones that are to be written once more, for Kafka to remove what they stand for. Pure.
//!
//! Compaction leaves the segment alone that is being written, and a segment is closed by time only when the next record comes.
//! In a topic that is quiet, a plan and its tombstone would lie in the open segment for ever. A second tombstone, when the segment
//! is old enough, closes it. Who reads a tombstone and knew the key, be it at the start, notes it; who knows it no more has
//! nothing to do, so there is no third.

use delivery_messages::{Millis, Topic};
use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// When the second one is due, milliseconds after the first: segments of these topics are closed after ten minutes.
pub const DUE: Millis = 11 * 60_000;

/// The keys that were removed and are held yet, with the time of their tombstones.
#[derive(Debug, Default)]
pub struct Lingering(Mutex<BTreeMap<(Topic, String), Millis>>);

impl Lingering {
    fn lock(&self) -> MutexGuard<'_, BTreeMap<(Topic, String), Millis>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes the tombstone of a key that had a record before.
    pub fn note(&self, topic: Topic, key: &str, at: Millis) {
        self.lock().insert((topic, key.to_owned()), at);
    }

    /// The keys whose second tombstone is due.
    #[must_use]
    pub fn due(&self, now: Millis, most: usize) -> Vec<(Topic, String)> {
        let keys = self.lock();
        let due = keys.iter().filter(|(_, at)| at.saturating_add(DUE) <= now);
        due.take(most).map(|(key, _)| key.clone()).collect()
    }

    /// The second one is written, or the key is in use again.
    pub fn done(&self, topic: Topic, key: &str) {
        self.lock().remove(&(topic, key.to_owned()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_tombstone_is_due_once_when_the_segment_is_old() {
        let lingering = Lingering::default();
        lingering.note(Topic::Plan, "a", 100);
        lingering.note(Topic::State, "a", 200);
        assert_eq!(lingering.due(99 + DUE, 9), []);
        assert_eq!(lingering.due(100 + DUE, 9), [(Topic::Plan, "a".to_owned())]);
        assert_eq!(lingering.due(200 + DUE, 1).len(), 1);
        lingering.done(Topic::Plan, "a");
        lingering.done(Topic::State, "a");
        assert_eq!(lingering.due(Millis::MAX, 9), []);
    }
}
