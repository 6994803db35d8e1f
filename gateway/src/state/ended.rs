//! The ids of deliveries that have ended and left the table, so that no late record brings one back.
//!
//! Pure. Each is a hash of eight bytes, about twenty with the set's room to grow, because there may be a million: the topics
//! keep their plans for `retention.endedDeliveriesHours`, and nothing leaves before its tombstone. The hash has a random key, so
//! nobody can choose an id that is taken for another; by chance a new delivery is with a probability of 5e-14 for a million
//! of ended ones.

use std::collections::HashSet;
use std::hash::BuildHasher;

/// The maximum number of ended deliveries that stay in the table; beyond it, the oldest leave early.
pub(crate) const MAX_ENDED: usize = 10_000;

/// The hash of an id; each [`EndedIds`] has another one.
pub(super) type IdHash = u64;

#[derive(Debug, Default)]
pub(super) struct EndedIds(HashSet<IdHash>);

impl EndedIds {
    pub(super) fn hash(&self, id: &str) -> IdHash {
        self.0.hasher().hash_one(id)
    }

    pub(super) fn insert(&mut self, id: &str) {
        let hash = self.hash(id);
        self.insert_hash(hash);
    }

    pub(super) fn insert_hash(&mut self, hash: IdHash) {
        self.0.insert(hash);
    }

    /// Whether it was there.
    pub(super) fn remove(&mut self, id: &str) -> bool {
        let hash = self.hash(id);
        self.0.remove(&hash)
    }

    pub(super) fn contains(&self, id: &str) -> bool {
        self.0.contains(&self.hash(id))
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }
}
