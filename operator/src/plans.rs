//! What `delivery.plan` holds: the newest plan of each delivery, which of them must be cancelled, and which nobody needs any more.
//!
//! Pure. The table follows the topic, and what this process writes is in it before it is in the topic. A version is never
//! written after a greater one, since compaction keeps what was written last; should a process that led before do so, the newest
//! is written again.

use crate::erasure::ErasedPlan;
use crate::retention::Retention;
use delivery_messages::erased::hash;
use delivery_messages::{Millis, Plan, PlanPhase};
use std::collections::{HashMap, HashSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The newest plans, by delivery id.
#[derive(Debug, Default)]
pub struct Plans(Mutex<Inner>);

#[derive(Debug, Default)]
struct Inner {
    entries: HashMap<String, Entry>,
    /// Hashes of the ids of the requests that have become plans, and of how many.
    requests: HashMap<u64, u32>,
}

#[derive(Debug)]
struct Entry {
    body: Body,
    /// The version and the time of the last record that was read.
    last: Option<(u64, Millis)>,
    /// The request that it counts for, once the topic has it.
    request: Option<u64>,
}

#[derive(Debug)]
enum Body {
    /// It may change yet.
    Open {
        plan: Box<Plan>,
        /// The trace context of its record.
        trace: Option<Box<str>>,
        /// Whether Kafka is known to hold it.
        held: bool,
    },
    /// Nothing follows.
    Closed(Closed),
}

/// What is kept of a delivery that is over and whose object is gone.
#[derive(Debug)]
struct Closed {
    version: u64,
    /// Whether its plan says that it was cancelled. Else the simulator has said how it ended.
    cancelled: bool,
    /// The installation that it belongs to.
    source: Box<str>,
    namespace: Box<str>,
    /// The revision that its positions are of.
    route: Box<str>,
    /// When it ended, by the broker's clock; unknown until its last record was read.
    ended: Option<Millis>,
}

/// What a record tells beside the plan.
#[derive(Clone, Debug, Default)]
pub struct Heard {
    /// When the broker took it.
    pub at: Millis,
    /// Its trace context.
    pub trace: Option<String>,
}

/// A plan that is to be written, with the trace context of its delivery.
pub type Traced = (Plan, Option<String>);

impl Plans {
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes what the topic holds. True when the topic's last word is not the newest: it must be written again.
    pub fn read(&self, plan: Plan, heard: Heard) -> bool {
        let mut inner = self.lock();
        let id = plan.delivery_id.clone();
        inner.count(&plan);
        let request = plan.request_id.as_deref().map(hash);
        let (version, last) = (plan.version, Some((plan.version, heard.at)));
        let Some(entry) = inner.entries.get_mut(&id) else {
            let body = body(plan, heard);
            inner.entries.insert(id, Entry { body, last, request });
            return false;
        };
        // An older one after the newest, not before it on the way here.
        let regressed = version < entry.version() && entry.last.is_some_and(|(last, _)| last == entry.version());
        entry.last = last;
        let newer = version >= entry.version();
        match &mut entry.body {
            Body::Open { .. } if newer => entry.body = body(plan, heard),
            Body::Open { held, .. } => *held &= !regressed,
            Body::Closed(closed) if closed.cancelled && plan.phase == PlanPhase::Cancelled => {
                closed.ended = Some(heard.at);
            }
            // It does not come back: the sweep cancels it again.
            Body::Closed(closed) if closed.cancelled && (newer || regressed) => {
                let version = version.max(closed.version & !1);
                entry.body = body(Plan { version, ..plan }, heard);
            }
            Body::Closed(_) => return false,
        }
        regressed
    }

    /// Forgets a delivery whose record was removed from the topic. Whether it was known.
    pub fn removed(&self, delivery_id: &str) -> bool {
        let mut inner = self.lock();
        let Some(entry) = inner.entries.remove(delivery_id) else { return false };
        if let Some(request) = entry.request {
            inner.uncount(request);
        }
        true
    }

    /// Whether a plan must be written; if so, nothing older will be from now on.
    pub fn begin(&self, plan: &Plan, trace: &str) -> bool {
        let mut inner = self.lock();
        let body = Body::Open { plan: Box::new(plan.clone()), trace: Some(trace.into()), held: false };
        match inner.entries.get_mut(&plan.delivery_id) {
            None => {
                inner.entries.insert(plan.delivery_id.clone(), Entry { body, last: None, request: None });
                true
            }
            Some(entry) => {
                let wanted = match &entry.body {
                    Body::Closed(_) => false,
                    Body::Open { plan: old, held, .. } => {
                        plan.version > old.version || (plan.version == old.version && !(*held && **old == *plan))
                    }
                };
                if wanted {
                    entry.body = body;
                }
                wanted
            }
        }
    }

    /// Notes that Kafka holds a plan.
    pub fn written(&self, plan: &Plan) {
        let mut inner = self.lock();
        inner.count(plan);
        let Some(entry) = inner.entries.get_mut(&plan.delivery_id) else { return };
        if let Body::Open { plan: newest, held, .. } = &mut entry.body
            && **newest == *plan
        {
            *held = true;
            if plan.phase == PlanPhase::Cancelled {
                let ended = entry.last.filter(|(version, _)| *version == plan.version).map(|(_, at)| at);
                entry.body = Body::Closed(closed(plan, ended));
            }
        }
    }

    /// The newest plan of a delivery that may change yet.
    #[must_use]
    pub fn get(&self, delivery_id: &str) -> Option<Plan> {
        match &self.lock().entries.get(delivery_id)?.body {
            Body::Open { plan, .. } => Some((**plan).clone()),
            Body::Closed(_) => None,
        }
    }

    /// The namespace and name of a delivery that may change yet.
    #[must_use]
    pub fn object(&self, delivery_id: &str) -> Option<(String, String)> {
        match &self.lock().entries.get(delivery_id)?.body {
            Body::Open { plan, .. } => Some((plan.namespace.clone(), plan.name.clone())),
            Body::Closed(_) => None,
        }
    }

    /// Whether the topic has a plan of a delivery, or is about to.
    #[must_use]
    pub fn knows(&self, delivery_id: &str) -> bool {
        self.lock().entries.contains_key(delivery_id)
    }

    /// Whether a request has become a plan before.
    #[must_use]
    pub fn has_request(&self, request_id: &str) -> bool {
        self.lock().requests.contains_key(&hash(request_id))
    }

    /// The keys of the revisions that any plan refers to, whoever wrote it.
    #[must_use]
    pub fn routes(&self) -> HashSet<String> {
        self.lock().entries.values().map(|entry| entry.route().to_owned()).collect()
    }

    /// The plans to cancel: ours, whose object is gone, and that are not at their end. Those that are at their end without
    /// an object are closed: nothing follows. `ended` tells when a delivery came to its end.
    pub fn orphans(
        &self,
        installation: &Installation<'_>,
        exists: &HashSet<String>,
        ended: impl Fn(&str) -> Option<Millis>,
    ) -> Vec<Traced> {
        let mut orphans = Vec::new();
        for (id, entry) in &mut self.lock().entries {
            let Body::Open { plan, trace, .. } = &entry.body else { continue };
            if !installation.owns(&plan.source, &plan.namespace) || exists.contains(id) {
                continue;
            }
            if let Some(ended) = ended(id) {
                let last = entry.last.map(|(_, at)| at);
                entry.body = Body::Closed(closed(plan, last.map(|last| last.max(ended))));
            } else {
                orphans.push((cancelled(plan), trace.as_deref().map(str::to_owned)));
            }
        }
        orphans
    }

    /// The deliveries of ours that have been over for so long that nobody needs their plans: at most `most`.
    #[must_use]
    pub fn expired(
        &self,
        installation: &Installation<'_>,
        retention: &Retention,
        now: Millis,
        most: usize,
    ) -> Vec<String> {
        let inner = self.lock();
        let expired = inner.entries.iter().filter(|(_, entry)| match &entry.body {
            Body::Closed(closed) => {
                let kept = if entry.request.is_some() { retention.requested } else { retention.ended };
                installation.owns(&closed.source, &closed.namespace) && Retention::is_over(kept, closed.ended, now)
            }
            Body::Open { .. } => false,
        });
        expired.take(most).map(|(id, _)| id.clone()).collect()
    }

    /// The plans of ours that are erased, as `covers` says of the ids of a delivery and, as its hash, of its request.
    #[must_use]
    pub fn erased(
        &self,
        installation: &Installation<'_>,
        covers: impl Fn(&str, Option<u64>) -> bool,
    ) -> Vec<ErasedPlan> {
        let inner = self.lock();
        let ours = |(id, entry): (&String, &Entry)| {
            let (source, namespace, object, request) = match &entry.body {
                Body::Open { plan, .. } => {
                    let object = (plan.namespace.clone(), plan.name.clone());
                    (&*plan.source, &*plan.namespace, Some(object), plan.request_id.as_deref().map(hash))
                }
                Body::Closed(closed) => (&*closed.source, &*closed.namespace, None, entry.request),
            };
            let wanted = installation.owns(source, namespace) && covers(id, request);
            wanted.then(|| ErasedPlan { delivery_id: id.clone(), object })
        };
        inner.entries.iter().filter_map(ours).collect()
    }
}

impl Inner {
    /// Counts the request of a plan that the topic has, once.
    fn count(&mut self, plan: &Plan) {
        let Some(request) = plan.request_id.as_deref().map(hash) else { return };
        let before = self.entries.get_mut(&plan.delivery_id).map(|entry| entry.request.replace(request));
        if before.flatten().is_none() {
            *self.requests.entry(request).or_default() += 1;
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

impl Entry {
    fn version(&self) -> u64 {
        match &self.body {
            Body::Open { plan, .. } => plan.version,
            Body::Closed(closed) => closed.version,
        }
    }

    fn route(&self) -> &str {
        match &self.body {
            Body::Open { plan, .. } => &plan.route,
            Body::Closed(closed) => &closed.route,
        }
    }
}

/// What the table keeps of a plan that the topic holds.
fn body(plan: Plan, heard: Heard) -> Body {
    if plan.phase == PlanPhase::Cancelled {
        return Body::Closed(closed(&plan, Some(heard.at)));
    }
    Body::Open { plan: Box::new(plan), trace: heard.trace.map(Into::into), held: true }
}

fn closed(plan: &Plan, ended: Option<Millis>) -> Closed {
    Closed {
        version: plan.version,
        cancelled: plan.phase == PlanPhase::Cancelled,
        source: plan.source.as_str().into(),
        namespace: plan.namespace.as_str().into(),
        route: plan.route.as_str().into(),
        ended,
    }
}

/// Whose plans are ours.
#[derive(Clone, Copy, Debug)]
pub struct Installation<'a> {
    /// The source that our plans name.
    pub source: &'a str,
    /// The namespaces that we watch: of others we cannot say that an object is gone.
    pub namespaces: &'a [String],
}

impl Installation<'_> {
    fn owns(&self, source: &str, namespace: &str) -> bool {
        source == self.source && self.namespaces.iter().any(|ours| ours == namespace)
    }
}

fn cancelled(plan: &Plan) -> Plan {
    Plan { phase: PlanPhase::Cancelled, version: plan.version | 1, ..plan.clone() }
}

#[cfg(test)]
#[path = "plans_tests.rs"]
pub(crate) mod tests;
