//! Since when something about each delivery has been as it is, as far as this process has seen. A new process begins anew.

use std::collections::{HashMap, HashSet};
use std::sync::Mutex;

use delivery_observability::locks::lock;
use jiff::Timestamp;

/// What was last seen and when it was first seen so, by the uid of the Delivery.
#[derive(Debug)]
pub(crate) struct Since<S>(Mutex<HashMap<String, (S, Timestamp)>>);

impl<S> Default for Since<S> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<S: PartialEq> Since<S> {
    /// Notes what is seen now; returns since when it has been so. `None` while there is nothing to see.
    pub(crate) fn note(&self, uid: &str, sign: Option<S>, now: Timestamp) -> Option<Timestamp> {
        let mut known = lock(&self.0);
        let Some(sign) = sign else {
            known.remove(uid);
            return None;
        };
        match known.get(uid) {
            Some((same, since)) if *same == sign => Some(*since),
            _ => {
                known.insert(uid.to_owned(), (sign, now));
                Some(now)
            }
        }
    }

    /// Forgets the objects that are gone.
    pub(crate) fn keep(&self, exists: &HashSet<String>) {
        lock(&self.0).retain(|uid, _| exists.contains(uid));
    }
}
