//! Since when nothing new has come from the pod of a delivery, as far as this process has seen.
//!
//! By this process's own looks: the broker's clock and the simulator's may differ from ours.

use std::collections::HashSet;

use delivery_messages::State;
use jiff::Timestamp;

use crate::deliveries::observing::pods::{PodPhase, PodView};
use crate::deliveries::observing::since::Since;

/// What changes as long as a pod is at work: its container is started, or a newer state comes.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Sign {
    pod: String,
    started_at: Option<Timestamp>,
    version: Option<u64>,
}

/// The last signs of each delivery.
#[derive(Debug, Default)]
pub(crate) struct Silence(Since<Sign>);

impl Silence {
    /// Notes what was observed now; returns since when it has been so. `None` while no pod is running.
    pub(crate) fn note(&self, uid: &str, pods: &[PodView], state: Option<&State>, now: Timestamp) -> Option<Timestamp> {
        let newest = pods.iter().max_by_key(|pod| pod.attempt);
        let running = newest.filter(|pod| pod.phase == PodPhase::Running && !pod.is_terminating());
        let version = state.map(|state| state.version);
        let sign = running.map(|pod| Sign { pod: pod.uid.clone(), started_at: pod.started_at, version });
        self.0.note(uid, sign, now)
    }

    /// Forgets the objects that are gone.
    pub(crate) fn keep(&self, exists: &HashSet<String>) {
        self.0.keep(exists);
    }
}

#[cfg(test)]
#[path = "tests/silence.rs"]
mod tests;
