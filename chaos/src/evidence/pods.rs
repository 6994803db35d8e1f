//! A registry of all pods of this run's deliveries, to find a delivery with two running pods, or an attempt with a second pod.
//!
//! The registry is pure; the watch feeds it. A pod that has ended or is marked for deletion is allowed beside another.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Result;
use delivery_api::names::{DELIVERY_LABEL, DELIVERY_UID_LABEL, GROUP};
use futures::StreamExt;
use k8s_openapi::api::core::v1::Pod;
use kube::{Api, ResourceExt};
use kube_runtime::watcher::{self, Event};

/// What the registry needs to know of a pod.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PodState {
    pub(crate) uid: String,
    pub(crate) name: String,
    /// The uid of its Delivery.
    pub(crate) delivery: String,
    pub(crate) attempt: String,
    /// Whether it has neither ended nor been marked for deletion.
    pub(crate) live: bool,
    /// Restarts of its containers.
    pub(crate) restarts: i32,
}

impl PodState {
    fn of(pod: &Pod) -> Self {
        let status = pod.status.as_ref();
        let ended =
            status.and_then(|status| status.phase.as_deref()).is_some_and(|p| p == "Succeeded" || p == "Failed");
        let containers = status.and_then(|status| status.container_statuses.as_ref());
        let attempt = pod.annotations().get(&format!("{GROUP}/attempt"));
        Self {
            uid: pod.uid().unwrap_or_default(),
            name: pod.name_any(),
            delivery: pod.labels().get(DELIVERY_UID_LABEL).cloned().unwrap_or_default(),
            attempt: attempt.cloned().unwrap_or_default(),
            live: pod.metadata.deletion_timestamp.is_none() && !ended,
            restarts: containers.into_iter().flatten().map(|container| container.restart_count).sum(),
        }
    }
}

#[derive(Debug, Default)]
pub(crate) struct PodRegistry {
    live: HashMap<String, BTreeMap<String, String>>,
    attempts: HashMap<(String, String), BTreeMap<String, String>>,
    restarts: HashMap<String, i32>,
    violations: Vec<String>,
}

impl PodRegistry {
    /// A pod was created or changed.
    pub(crate) fn seen(&mut self, entry: &PodState) {
        let PodState { uid, name, delivery, attempt, live, restarts } = entry;
        self.restarts.insert(uid.clone(), *restarts);
        let pods = self.attempts.entry((delivery.clone(), attempt.clone())).or_default();
        if pods.insert(uid.clone(), name.clone()).is_none() && pods.len() > 1 {
            self.violations
                .push(format!("attempt {attempt} of {delivery} had {} pods, the last is {name}", pods.len()));
        }
        let pods = self.live.entry(delivery.clone()).or_default();
        if !live {
            pods.remove(uid);
        } else if pods.insert(uid.clone(), name.clone()).is_none() && pods.len() > 1 {
            let names = pods.values().cloned().collect::<Vec<_>>().join(" and ");
            self.violations.push(format!("{delivery} had {names} running at the same time"));
        }
    }

    /// A pod is gone.
    pub(crate) fn gone(&mut self, uid: &str) {
        for pods in self.live.values_mut() {
            pods.remove(uid);
        }
    }

    /// A complete list: all other pods are gone.
    pub(crate) fn only(&mut self, uids: &HashSet<String>) {
        for pods in self.live.values_mut() {
            pods.retain(|uid, _| uids.contains(uid));
        }
    }

    /// The numbers of deliveries, pods and container restarts, and the violations.
    #[must_use]
    pub(crate) fn sum(&self) -> (usize, usize, i32, &[String]) {
        (self.live.len(), self.restarts.len(), self.restarts.values().sum(), &self.violations)
    }
}

/// A registry that a watch keeps up to date.
#[derive(Clone, Debug, Default)]
pub(crate) struct PodWatch(Arc<Mutex<PodRegistry>>);

impl PodWatch {
    pub(crate) fn with<T>(&self, read: impl FnOnce(&mut PodRegistry) -> T) -> T {
        read(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Follows the pods of deliveries whose names have this prefix, forever.
    pub(crate) async fn follow(self, pods: Api<Pod>, prefix: String) -> Result<()> {
        let config = watcher::Config::default().labels(DELIVERY_UID_LABEL);
        let ours = |pod: &Pod| pod.labels().get(DELIVERY_LABEL).is_some_and(|name| name.starts_with(&prefix));
        let mut listed = Vec::new();
        let mut events = watcher::watcher(pods, config).boxed();
        while let Some(event) = events.next().await {
            match event {
                Ok(Event::Init) => listed.clear(),
                Ok(Event::InitApply(pod)) if ours(&pod) => listed.push(PodState::of(&pod)),
                Ok(Event::InitDone) => self.with(|registry| {
                    registry.only(&listed.iter().map(|entry| entry.uid.clone()).collect());
                    for entry in &listed {
                        registry.seen(entry);
                    }
                }),
                Ok(Event::Apply(pod)) if ours(&pod) => self.with(|registry| registry.seen(&PodState::of(&pod))),
                Ok(Event::Delete(pod)) => self.with(|registry| registry.gone(&pod.uid().unwrap_or_default())),
                // The watch restarts by itself.
                Ok(Event::InitApply(_) | Event::Apply(_)) | Err(_) => {}
            }
        }
        Ok(())
    }
}

#[cfg(test)]
#[path = "tests/pods.rs"]
mod tests;
