//! When an object is retried: later after each failure in a row, at once after a success. Imports nothing of this crate.

use std::collections::HashMap;
use std::sync::Mutex;
use std::time::Duration;

use delivery_observability::locks::lock;

const FIRST_DELAY: Duration = Duration::from_secs(1);

/// The failures in a row of each object, by uid.
#[derive(Debug, Default)]
pub struct Backoff(Mutex<HashMap<String, u32>>);

/// What follows a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retry {
    /// The failures in a row, this one included.
    pub failures: u32,
    /// When to retry.
    pub after: Duration,
}

impl Backoff {
    /// Counts a failure. The delays are 1 s, 2 s, 4 s … up to `max_delay`.
    pub fn failed(&self, uid: &str, max_delay: Duration) -> Retry {
        let mut failures = lock(&self.0);
        let count = failures.entry(uid.to_owned()).or_insert(0);
        let after = FIRST_DELAY.saturating_mul(1_u32.checked_shl(*count).unwrap_or(u32::MAX)).min(max_delay);
        *count = count.saturating_add(1);
        Retry { failures: *count, after }
    }

    /// Forgets the failures of an object that was reconciled.
    pub fn succeeded(&self, uid: &str) {
        lock(&self.0).remove(uid);
    }

    /// Forgets all failures, when their common cause is gone.
    pub fn clear(&self) {
        lock(&self.0).clear();
    }

    /// Forgets the objects that do not exist any more.
    pub fn retain(&self, exists: impl Fn(&str) -> bool) {
        lock(&self.0).retain(|uid, _| exists(uid));
    }
}

#[cfg(test)]
#[path = "tests/backoff.rs"]
mod tests;
