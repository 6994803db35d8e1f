//! The newest state of the watched deliveries, from the events of a watch. Pure.

use std::collections::{BTreeMap, HashSet};

use delivery_api::{Delivery, DeliveryPhase};
use jiff::Timestamp;
use kube::ResourceExt;

use crate::cluster::objects::{self, End};

/// What is printed of a delivery.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Row {
    /// The object's name, after its namespace if several are watched.
    pub(crate) name: String,
    pub(crate) courier: String,
    pub(crate) phase: DeliveryPhase,
    /// Progress on the route, 0 to 100.
    pub(crate) percent: u32,
    pub(crate) arrives_at: Option<Timestamp>,
    pub(crate) finished_at: Option<Timestamp>,
    pub(crate) started_at: Option<Timestamp>,
    /// Such as `62 km/h`.
    pub(crate) speed: String,
    /// Why it is waiting or has failed.
    pub(crate) message: String,
}

#[derive(Clone, Debug, Default)]
pub(crate) struct WatchedDeliveries {
    /// Names; empty: all.
    requested: HashSet<String>,
    namespaces: bool,
    rows: BTreeMap<String, Row>,
    /// Keys of the list that is being received.
    listed: Option<HashSet<String>>,
    ready: bool,
    /// Whether one was deleted before its end.
    lost: bool,
}

impl WatchedDeliveries {
    /// Deliveries of these names, or all; `namespaces`: of several namespaces.
    pub(crate) fn new(requested: impl IntoIterator<Item = String>, namespaces: bool) -> Self {
        Self { requested: requested.into_iter().collect(), namespaces, ..Self::default() }
    }

    /// Takes a delivery; returns its row if it is new or has changed.
    pub(crate) fn apply(&mut self, delivery: &Delivery) -> Option<&Row> {
        if !self.requested.is_empty() && !self.requested.contains(&delivery.name_any()) {
            return None;
        }
        let key = objects::name(delivery, true);
        if let Some(listed) = &mut self.listed {
            listed.insert(key.clone());
        }
        let row = row(delivery, self.namespaces);
        if self.rows.get(&key) == Some(&row) {
            return None;
        }
        self.rows.insert(key.clone(), row);
        self.rows.get(&key)
    }

    /// Removes a deleted delivery; returns its last row.
    pub(crate) fn remove(&mut self, delivery: &Delivery) -> Option<Row> {
        let row = self.rows.remove(&objects::name(delivery, true));
        self.lost |= row.as_ref().is_some_and(|row| !row.phase.is_final());
        row
    }

    /// A new list of all deliveries begins.
    pub(crate) fn begin_list(&mut self) {
        self.listed = Some(HashSet::new());
    }

    /// The list is complete: deliveries that it lacks are gone.
    pub(crate) fn end_list(&mut self) {
        if let Some(listed) = self.listed.take() {
            let gone = |key: &String| !listed.contains(key);
            self.lost |= self.rows.iter().any(|(key, row)| gone(key) && !row.phase.is_final());
            self.rows.retain(|key, _| !gone(key));
        }
        self.ready = true;
    }

    /// The rows, those still under way first.
    pub(crate) fn rows(&self) -> Vec<&Row> {
        let mut rows: Vec<_> = self.rows.values().collect();
        rows.sort_by_key(|row| row.phase.is_final());
        rows
    }

    /// The requested names that do not exist.
    pub(crate) fn missing(&self) -> Vec<&str> {
        let existing: HashSet<_> =
            self.rows.keys().map(|key| key.split_once('/').map_or(key.as_str(), |(_, name)| name)).collect();
        let mut missing: Vec<_> =
            self.requested.iter().map(String::as_str).filter(|name| !existing.contains(name)).collect();
        missing.sort_unstable();
        missing
    }

    /// Whether the first list is complete and every delivery has ended.
    pub(crate) fn have_ended(&self) -> bool {
        self.ready && self.rows.values().all(|row| row.phase.is_final())
    }

    /// Whether one of them failed, or was deleted before its end.
    pub(crate) fn has_failed(&self) -> bool {
        self.lost || self.rows.values().any(|row| row.phase == DeliveryPhase::Failed)
    }
}

fn row(delivery: &Delivery, namespaces: bool) -> Row {
    let status = delivery.status.clone().unwrap_or_default();
    let running = status.conditions.iter().find(|condition| condition.type_ == delivery_api::status::RUNNING);
    let message = match objects::end(delivery) {
        Some(End::Failed(message)) => message,
        Some(End::Finished) => String::new(),
        None => running.filter(|one| one.status != "True").map(|one| one.message.clone()).unwrap_or_default(),
    };
    Row {
        name: objects::name(delivery, namespaces),
        courier: delivery.spec.courier.clone().unwrap_or_default(),
        phase: status.phase.unwrap_or_default(),
        percent: status.progress_percent.unwrap_or_default().min(100),
        arrives_at: status.arrives_at.map(|time| time.0),
        finished_at: status.finished_at.map(|time| time.0),
        started_at: status.started_at.map(|time| time.0),
        speed: status.speed.unwrap_or_default(),
        message,
    }
}

#[cfg(test)]
#[path = "tests/watched.rs"]
mod tests;
