//! Since when this process has seen that the newest pod of a delivery failed, or that it is being deleted.
//!
//! The kubelet and the API server say when, each by its own clock, and the kubelet not always: a pod that it did not admit has no time at
//! which its container exited. A new process begins anew.

use std::collections::{HashMap, HashSet};
use std::sync::Mutex;

use delivery_observability::locks::lock;
use jiff::Timestamp;

use crate::deliveries::observing::pods::{PodPhase, PodView};

/// What is ending: the uid of the pod, and whether it is being deleted.
type Sign = (String, bool);

/// The pods that are ending and when that was first seen, by the uid of their Delivery.
#[derive(Debug, Default)]
pub(crate) struct Ending(Mutex<HashMap<String, (Sign, Timestamp)>>);

impl Ending {
    /// Notes what was observed now; returns since when it has been so. `None` while the newest pod is neither.
    pub(crate) fn note(&self, uid: &str, pods: &[PodView], now: Timestamp) -> Option<Timestamp> {
        let mut known = lock(&self.0);
        let newest = pods.iter().max_by_key(|pod| pod.attempt);
        let Some(pod) = newest.filter(|pod| pod.phase == PodPhase::Failed || pod.is_terminating()) else {
            known.remove(uid);
            return None;
        };
        let sign = (pod.uid.clone(), pod.is_terminating());
        let entry = known.entry(uid.to_owned()).or_insert_with(|| (sign.clone(), now));
        if entry.0 != sign {
            *entry = (sign, now);
        }
        Some(entry.1)
    }

    /// Forgets the objects that are gone.
    pub(crate) fn keep(&self, exists: &HashSet<String>) {
        lock(&self.0).retain(|uid, _| exists.contains(uid));
    }
}

#[cfg(test)]
#[path = "tests/ending.rs"]
mod tests;
