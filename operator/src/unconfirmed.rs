//! Since when this process has known of an attempt that was recorded and whose pod it has not seen.

use jiff::Timestamp;
use std::collections::{HashMap, HashSet};
use std::sync::{Mutex, PoisonError};

/// The attempts, by the uid of their Delivery.
#[derive(Debug, Default)]
pub struct Unconfirmed(Mutex<HashMap<String, (u32, Timestamp)>>);

impl Unconfirmed {
    /// Notes what was found now, and tells since when that is so.
    pub fn note(&self, uid: &str, attempt: Option<u32>, now: Timestamp) -> Option<Timestamp> {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
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
    pub fn keep(&self, exists: &HashSet<String>) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).retain(|uid, _| exists.contains(uid));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_time_counts_until_another_attempt_is_made_or_the_pod_is_seen() {
        let unconfirmed = Unconfirmed::default();
        let at = |seconds| Timestamp::from_second(seconds).unwrap();
        assert_eq!(unconfirmed.note("a", Some(1), at(5)), Some(at(5)));
        assert_eq!(unconfirmed.note("a", Some(1), at(9)), Some(at(5)));
        assert_eq!(unconfirmed.note("a", Some(2), at(9)), Some(at(9)));
        assert_eq!(unconfirmed.note("a", None, at(10)), None);
        assert_eq!(unconfirmed.note("a", Some(2), at(11)), Some(at(11)));
        unconfirmed.keep(&HashSet::new());
        assert_eq!(unconfirmed.note("a", Some(2), at(12)), Some(at(12)));
    }
}
