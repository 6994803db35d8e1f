//! How long an object that could not be reconciled waits: longer with each failure in a row, none after a success.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

const FIRST: Duration = Duration::from_secs(1);

/// The failures in a row of each object, by uid.
#[derive(Debug, Default)]
pub struct Backoff(Mutex<HashMap<String, u32>>);

impl Backoff {
    /// Counts a failure. Tells how many there were in a row, and how long to wait: 1 s, 2 s, 4 s … up to `longest`.
    pub fn failed(&self, uid: &str, longest: Duration) -> (u32, Duration) {
        let mut failures = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let count = failures.entry(uid.to_owned()).or_insert(0);
        let delay = FIRST.saturating_mul(1_u32.checked_shl(*count).unwrap_or(u32::MAX)).min(longest);
        *count = count.saturating_add(1);
        (*count, delay)
    }

    /// Forgets the failures of an object that was reconciled.
    pub fn succeeded(&self, uid: &str) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(uid);
    }

    /// Forgets all failures: what caused them is gone.
    pub fn clear(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// Forgets the objects that are gone.
    pub fn keep(&self, exists: impl Fn(&str) -> bool) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).retain(|uid, _| exists(uid));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delays_double_up_to_the_longest_and_begin_anew_after_a_success() {
        let backoff = Backoff::default();
        let failed = |uid| backoff.failed(uid, Duration::from_secs(30)).1.as_secs();
        let delays: Vec<_> = (0..40).map(|_| failed("a")).collect();
        assert_eq!(delays[..7], [1, 2, 4, 8, 16, 30, 30]);
        assert!(delays[7..].iter().all(|delay| *delay == 30));
        assert_eq!(failed("b"), 1, "each object has its own");
        backoff.succeeded("a");
        assert_eq!(failed("a"), 1);
        backoff.keep(|uid| uid == "b");
        assert_eq!([failed("a"), failed("b")], [1, 2]);
        backoff.clear();
        assert_eq!([failed("a"), failed("b")], [1, 1]);
    }
}
