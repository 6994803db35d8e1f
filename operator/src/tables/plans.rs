//! What `delivery.plan` holds: the newest plan of each delivery.
//!
//! The table follows the topic, and contains what this process writes before the topic does. A version is never written after a
//! greater one, since compaction keeps the last record; if a former leader does so, the newest plan is written again.
//!
//! A plan has the Events of its object, which change nothing else about it; they are noted in `noted_events`.

use std::collections::{HashMap, HashSet};
use std::sync::{Mutex, MutexGuard};

use delivery_messages::deliveries::erased::hash;
use delivery_messages::deliveries::event::newest;
use delivery_messages::{DeliveryEvent, Millis, Plan, PlanPhase};
use delivery_observability::locks::lock;

use crate::tables::plan_entry::{Body, Entry, RecordMeta, body, closed};

/// The newest plans, by delivery id.
#[derive(Debug, Default)]
pub(crate) struct Plans(Mutex<Inner>);

#[derive(Debug, Default)]
pub(crate) struct Inner {
    pub(crate) entries: HashMap<String, Entry>,
    /// Hashes of the ids of the requests that have become plans, with the number of plans of each.
    requests: HashMap<u64, u32>,
    /// The Events of deliveries that have no plan yet.
    pub(crate) early: HashMap<String, Vec<DeliveryEvent>>,
    /// The deliveries whose plans have Events that Kafka does not have yet.
    pub(crate) unwritten: HashSet<String>,
}

impl Plans {
    pub(crate) fn lock(&self) -> MutexGuard<'_, Inner> {
        lock(&self.0)
    }

    /// Applies a record. True when the topic's last record is not the newest plan, which must then be written again.
    pub(crate) fn apply(&self, plan: Plan, meta: RecordMeta) -> bool {
        let mut inner = self.lock();
        let id = plan.delivery_id.clone();
        inner.count(&plan);
        let request = plan.request_id.as_deref().map(hash);
        let (version, last) = (plan.version, Some((plan.version, meta.at)));
        let Some(entry) = inner.entries.get_mut(&id) else {
            let body = body(plan, meta);
            inner.entries.insert(id, Entry { body, last, request });
            return false;
        };
        // An older plan was written after the newest; it is not just a record that this process has yet to pass.
        let regressed = version < entry.version() && entry.last.is_some_and(|(last, _)| last == entry.version());
        entry.last = last;
        let newer = version >= entry.version();
        match &mut entry.body {
            // Events were noted since that record was written. They are in a later one, or are about to be.
            Body::Open { plan: known, is_written, .. }
                if version == known.version && newest(&known.events) > newest(&plan.events) =>
            {
                *is_written &= known.is_same(&plan);
                **known = Plan { events: std::mem::take(&mut known.events), ..plan };
            }
            Body::Open { .. } if newer => entry.body = body(plan, meta),
            Body::Open { is_written, .. } => *is_written &= !regressed,
            Body::Closed(closed) if closed.cancelled && plan.phase == PlanPhase::Cancelled => {
                closed.ended = Some(meta.at);
            }
            // A cancelled delivery does not come back: the cleanup cancels it again.
            Body::Closed(closed) if closed.cancelled && (newer || regressed) => {
                let version = version.max(closed.version & !1);
                entry.body = body(Plan { version, ..plan }, meta);
            }
            Body::Closed(_) => return false,
        }
        regressed
    }

    /// When the broker took the newest record of all.
    #[must_use]
    pub(crate) fn newest(&self) -> Option<Millis> {
        self.lock().entries.values().filter_map(|entry| entry.last.map(|(_, at)| at)).max()
    }

    /// Forgets a delivery whose record was removed from the topic. Whether it was known.
    pub(crate) fn remove(&self, delivery_id: &str) -> bool {
        let mut inner = self.lock();
        inner.early.remove(delivery_id);
        inner.unwritten.remove(delivery_id);
        let Some(entry) = inner.entries.remove(delivery_id) else { return false };
        if let Some(request) = entry.request {
            inner.uncount(request);
        }
        true
    }

    /// The plan as it must be written, with the Events of its object, if it must be; no older one will be written from then on.
    pub(crate) fn begin(&self, plan: &Plan, trace: &str) -> Option<Plan> {
        let mut inner = self.lock();
        let events = match inner.entries.get(&plan.delivery_id).map(|entry| &entry.body) {
            None => inner.early.remove(&plan.delivery_id).unwrap_or_default(),
            Some(Body::Closed(_)) => return None,
            Some(Body::Open { plan: old, is_written, .. }) => {
                let wanted =
                    plan.version > old.version || (plan.version == old.version && !(*is_written && old.is_same(plan)));
                if !wanted {
                    return None;
                }
                old.events.clone()
            }
        };
        let plan = Plan { events, ..plan.clone() };
        let body = Body::Open { plan: Box::new(plan.clone()), trace: Some(trace.into()), is_written: false };
        match inner.entries.get_mut(&plan.delivery_id) {
            None => {
                inner.entries.insert(plan.delivery_id.clone(), Entry { body, last: None, request: None });
            }
            Some(entry) => entry.body = body,
        }
        Some(plan)
    }

    /// Notes that Kafka accepted a plan.
    pub(crate) fn written(&self, plan: &Plan) {
        let mut inner = self.lock();
        inner.count(plan);
        let Some(entry) = inner.entries.get_mut(&plan.delivery_id) else { return };
        if let Body::Open { plan: newest, is_written, .. } = &mut entry.body
            && newest.is_same(plan)
        {
            *is_written = true;
            if plan.phase == PlanPhase::Cancelled {
                let ended = entry.last.filter(|(version, _)| *version == plan.version).map(|(_, at)| at);
                entry.body = Body::Closed(closed(plan, ended));
            }
        }
    }

    /// The newest plan of a delivery, unless it is final.
    #[must_use]
    pub(crate) fn get(&self, delivery_id: &str) -> Option<Plan> {
        match &self.lock().entries.get(delivery_id)?.body {
            Body::Open { plan, .. } => Some((**plan).clone()),
            Body::Closed(_) => None,
        }
    }

    /// The namespace and name of a delivery's object, unless its plan is final.
    #[must_use]
    pub(crate) fn object(&self, delivery_id: &str) -> Option<(String, String)> {
        match &self.lock().entries.get(delivery_id)?.body {
            Body::Open { plan, .. } => Some((plan.namespace.clone(), plan.name.clone())),
            Body::Closed(_) => None,
        }
    }

    /// Whether the topic holds a plan of a delivery, or is about to.
    #[must_use]
    pub(crate) fn knows(&self, delivery_id: &str) -> bool {
        self.lock().entries.contains_key(delivery_id)
    }

    /// Whether the topic has never held a plan of a delivery, as far as is known.
    #[must_use]
    pub(crate) fn is_new(&self, delivery_id: &str) -> bool {
        let inner = self.lock();
        inner
            .entries
            .get(delivery_id)
            .is_none_or(|entry| entry.last.is_none() && matches!(&entry.body, Body::Open { is_written: false, .. }))
    }

    /// Whether a request has become a plan already.
    #[must_use]
    pub(crate) fn has_request(&self, request_id: &str) -> bool {
        self.lock().requests.contains_key(&hash(request_id))
    }

    /// The keys of the route revisions that any plan refers to, no matter whose it is.
    #[must_use]
    pub(crate) fn routes(&self) -> HashSet<String> {
        self.lock().entries.values().map(|entry| entry.route().to_owned()).collect()
    }
}

impl Inner {
    /// Counts the request of a plan that the topic holds, once. One that the plan named before no longer counts.
    fn count(&mut self, plan: &Plan) {
        let Some(request) = plan.request_id.as_deref().map(hash) else { return };
        let before = self.entries.get_mut(&plan.delivery_id).and_then(|entry| entry.request.replace(request));
        if before == Some(request) {
            return;
        }
        *self.requests.entry(request).or_default() += 1;
        if let Some(before) = before {
            self.uncount(before);
        }
    }

    fn uncount(&mut self, request: u64) {
        if let Some(count) = self.requests.get_mut(&request) {
            *count -= 1;
            if *count == 0 {
                self.requests.remove(&request);
            }
        }
    }
}

#[cfg(test)]
#[path = "tests/plans.rs"]
pub(crate) mod tests;
