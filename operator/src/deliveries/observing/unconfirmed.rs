//! Since when this process has known of a recorded attempt whose pod it has not seen.

use std::collections::{HashMap, HashSet};
use std::sync::Mutex;

use delivery_observability::locks::lock;
use jiff::Timestamp;

/// The attempts, by the uid of their Delivery.
#[derive(Debug, Default)]
pub(crate) struct Unconfirmed(Mutex<HashMap<String, (u32, Timestamp)>>);

impl Unconfirmed {
    /// Notes what was observed now; returns since when it has been so.
    pub(crate) fn note(&self, uid: &str, attempt: Option<u32>, now: Timestamp) -> Option<Timestamp> {
        let mut known = lock(&self.0);
        let Some(attempt) = attempt else {
            known.remove(uid);
            return None;
        };
        let entry = known.entry(uid.to_owned()).or_insert((attempt, now));
        if entry.0 != attempt {
            *entry = (attempt, now);
        }
        Some(entry.1)
    }

    /// Forgets the objects that are gone.
    pub(crate) fn keep(&self, exists: &HashSet<String>) {
        lock(&self.0).retain(|uid, _| exists.contains(uid));
    }
}

#[cfg(test)]
#[path = "tests/unconfirmed.rs"]
mod tests;
