//! Since when this process has seen that the newest pod of a delivery failed, or that it is being deleted.
//!
//! The kubelet and the API server say when, each by its own clock, and the kubelet not always: a pod that it did not admit has no time at
//! which its container exited.

use std::collections::HashSet;

use jiff::Timestamp;

use crate::deliveries::observing::pods::{PodPhase, PodView};
use crate::deliveries::observing::since::Since;

/// The pods that are ending: the uid of each, and whether it is being deleted.
#[derive(Debug, Default)]
pub(crate) struct Ending(Since<(String, bool)>);

impl Ending {
    /// Notes what was observed now; returns since when it has been so. `None` while the newest pod is neither.
    pub(crate) fn note(&self, uid: &str, pods: &[PodView], now: Timestamp) -> Option<Timestamp> {
        let newest = pods.iter().max_by_key(|pod| pod.attempt);
        let ending = newest.filter(|pod| pod.phase == PodPhase::Failed || pod.is_terminating());
        self.0.note(uid, ending.map(|pod| (pod.uid.clone(), pod.is_terminating())), now)
    }

    /// Forgets the objects that are gone.
    pub(crate) fn keep(&self, exists: &HashSet<String>) {
        self.0.keep(exists);
    }
}

#[cfg(test)]
#[path = "tests/ending.rs"]
mod tests;
