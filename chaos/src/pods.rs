//! Whether ever a pod too many was made: a book of all pods of this run's deliveries, from the first to the last.
//!
//! The book is pure; the watch feeds it. A pod that has ended, or is on its way out, is not one too many.

use anyhow::Result;
use delivery_api::names::{DELIVERY_LABEL, DELIVERY_UID_LABEL, GROUP};
use futures::StreamExt;
use k8s_openapi::api::core::v1::Pod;
use kube::{Api, ResourceExt};
use kube_runtime::watcher::{self, Event};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};

/// What the book needs of a pod.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The pod's uid.
    pub uid: String,
    /// Its name.
    pub name: String,
    /// The uid of its Delivery.
    pub delivery: String,
    /// Which attempt it is.
    pub attempt: String,
    /// Whether it neither has ended nor is to end.
    pub live: bool,
    /// How often its container was started again.
    pub restarts: i32,
}

impl Entry {
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

/// All pods that were seen.
#[derive(Debug, Default)]
pub struct Book {
    live: HashMap<String, BTreeMap<String, String>>,
    attempts: HashMap<(String, String), BTreeMap<String, String>>,
    restarts: HashMap<String, i32>,
    faults: Vec<String>,
}

impl Book {
    /// A pod was made, or changed.
    pub fn seen(&mut self, entry: &Entry) {
        let Entry { uid, name, delivery, attempt, live, restarts } = entry;
        self.restarts.insert(uid.clone(), *restarts);
        let pods = self.attempts.entry((delivery.clone(), attempt.clone())).or_default();
        if pods.insert(uid.clone(), name.clone()).is_none() && pods.len() > 1 {
            self.faults
                .push(format!("attempt {attempt} at {delivery} has had {} pods, the last is {name}", pods.len()));
        }
        let pods = self.live.entry(delivery.clone()).or_default();
        if !live {
            pods.remove(uid);
        } else if pods.insert(uid.clone(), name.clone()).is_none() && pods.len() > 1 {
            let names = pods.values().cloned().collect::<Vec<_>>().join(" and ");
            self.faults.push(format!("{delivery} had {names} at the same time, and none of them was to end"));
        }
    }

    /// A pod is gone.
    pub fn gone(&mut self, uid: &str) {
        for pods in self.live.values_mut() {
            pods.remove(uid);
        }
    }

    /// These are all pods that there are: others are gone.
    pub fn only(&mut self, uids: &HashSet<String>) {
        for pods in self.live.values_mut() {
            pods.retain(|uid, _| uids.contains(uid));
        }
    }

    /// How many deliveries, pods and restarts of containers there were, and what was wrong.
    #[must_use]
    pub fn sum(&self) -> (usize, usize, i32, &[String]) {
        (self.live.len(), self.restarts.len(), self.restarts.values().sum(), &self.faults)
    }
}

/// A book that a watch writes.
#[derive(Clone, Debug, Default)]
pub(crate) struct Watch(Arc<Mutex<Book>>);

impl Watch {
    pub(crate) fn with<T>(&self, read: impl FnOnce(&mut Book) -> T) -> T {
        read(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Follows the pods of deliveries whose names begin so, for ever.
    pub(crate) async fn follow(self, pods: Api<Pod>, prefix: String) -> Result<()> {
        let config = watcher::Config::default().labels(DELIVERY_UID_LABEL);
        let ours = |pod: &Pod| pod.labels().get(DELIVERY_LABEL).is_some_and(|name| name.starts_with(&prefix));
        let mut listed = Vec::new();
        let mut events = watcher::watcher(pods, config).boxed();
        while let Some(event) = events.next().await {
            match event {
                Ok(Event::Init) => listed.clear(),
                Ok(Event::InitApply(pod)) if ours(&pod) => listed.push(Entry::of(&pod)),
                Ok(Event::InitDone) => self.with(|book| {
                    book.only(&listed.iter().map(|entry| entry.uid.clone()).collect());
                    for entry in &listed {
                        book.seen(entry);
                    }
                }),
                Ok(Event::Apply(pod)) if ours(&pod) => self.with(|book| book.seen(&Entry::of(&pod))),
                Ok(Event::Delete(pod)) => self.with(|book| book.gone(&pod.uid().unwrap_or_default())),
                // The watch begins anew by itself.
                Ok(Event::InitApply(_) | Event::Apply(_)) | Err(_) => {}
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pod(uid: &str, attempt: &str, live: bool) -> Entry {
        let (name, delivery) = (format!("pod-{uid}"), "d".to_owned());
        Entry { uid: uid.into(), name, delivery, attempt: attempt.into(), live, restarts: 0 }
    }

    fn faults(entries: &[Entry]) -> usize {
        let mut book = Book::default();
        for entry in entries {
            book.seen(entry);
        }
        book.sum().3.len()
    }

    #[test]
    fn one_after_the_other_is_right() {
        assert_eq!(faults(&[pod("a", "1", true), pod("a", "1", false), pod("b", "2", true), pod("b", "2", true)]), 0);
    }

    #[test]
    fn two_at_the_same_time_are_one_too_many_unless_one_is_to_end() {
        assert_eq!(faults(&[pod("a", "1", true), pod("b", "2", true)]), 1);
        assert_eq!(faults(&[pod("a", "1", true), pod("a", "1", false), pod("b", "2", true)]), 0);
    }

    #[test]
    fn two_of_one_attempt_are_one_too_many_even_one_after_the_other() {
        assert_eq!(faults(&[pod("a", "1", true), pod("a", "1", false), pod("b", "1", true)]), 1);
    }

    #[test]
    fn a_pod_whose_end_the_watch_missed_is_no_longer_there_in_the_next_list() {
        let mut book = Book::default();
        book.seen(&pod("a", "1", true));
        book.only(&HashSet::new());
        book.seen(&pod("b", "2", true));
        book.gone("b");
        book.seen(&pod("c", "3", true));
        assert_eq!(book.sum(), (1, 3, 0, &[][..]));
    }
}
