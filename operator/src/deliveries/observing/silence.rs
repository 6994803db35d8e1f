//! Since when nothing new has come from the pod of a delivery, as far as this process has seen.
//!
//! By this process's own looks: the broker's clock and the simulator's may differ from ours. A new process begins anew.

use std::collections::{HashMap, HashSet};
use std::sync::Mutex;

use delivery_messages::State;
use delivery_observability::locks::lock;
use jiff::Timestamp;

use crate::deliveries::observing::pods::{PodPhase, PodView};

/// What changes as long as a pod is at work: its container is started, or a newer state comes.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Sign {
    pod: String,
    started_at: Option<Timestamp>,
    version: Option<u64>,
}

/// The last signs and when they were first seen, by the uid of their Delivery.
#[derive(Debug, Default)]
pub(crate) struct Silence(Mutex<HashMap<String, (Sign, Timestamp)>>);

impl Silence {
    /// Notes what was observed now; returns since when it has been so. `None` while no pod is running.
    pub(crate) fn note(&self, uid: &str, pods: &[PodView], state: Option<&State>, now: Timestamp) -> Option<Timestamp> {
        let mut known = lock(&self.0);
        let newest = pods.iter().max_by_key(|pod| pod.attempt);
        let Some(pod) = newest.filter(|pod| pod.phase == PodPhase::Running && !pod.is_terminating()) else {
            known.remove(uid);
            return None;
        };
        let version = state.map(|state| state.version);
        let sign = Sign { pod: pod.uid.clone(), started_at: pod.started_at, version };
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
#[path = "tests/silence.rs"]
mod tests;
