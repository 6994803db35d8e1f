//! Plans that are to be cancelled, removed or erased.

use std::collections::HashSet;

use delivery_messages::deliveries::erased::hash;
use delivery_messages::{Millis, Plan, PlanPhase};

use crate::tables::plan_entry::{Body, Entry, closed};
use crate::tables::plans::Plans;
use crate::tables::retention::Retention;

/// A plan that is to be written, with the trace context of its delivery if it is known.
pub(crate) type Traced = (Plan, Option<String>);

/// An erased plan that is to be removed from the topic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ErasedPlan {
    pub delivery_id: String,
    /// The namespace and name of its object, while there may be one.
    pub object: Option<(String, String)>,
}

/// Which plans are ours.
#[derive(Clone, Debug)]
pub(crate) struct Installation {
    /// The source in our plans.
    pub source: String,
    /// The watched namespaces: elsewhere we cannot know whether an object is gone.
    pub namespaces: Vec<String>,
}

impl Installation {
    fn owns(&self, source: &str, namespace: &str) -> bool {
        source == self.source && self.watches(namespace)
    }

    fn watches(&self, namespace: &str) -> bool {
        self.namespaces.iter().any(|watched| watched == namespace)
    }

    /// Whether a plan is ours, in a namespace that is no longer watched.
    fn has_left(&self, source: &str, namespace: &str) -> bool {
        source == self.source && !self.watches(namespace)
    }
}

impl Plans {
    /// The plans of ours to cancel: their objects are gone and they have not ended. Plans that have ended and whose objects are
    /// gone become final. `ended` is when a delivery ended, if it has.
    pub(crate) fn orphans(
        &self,
        installation: &Installation,
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

    /// At most `limit` of our deliveries that ended so long ago that their plans are no longer needed.
    #[must_use]
    pub(crate) fn expired(
        &self,
        installation: &Installation,
        retention: &Retention,
        now: Millis,
        limit: usize,
    ) -> Vec<String> {
        let inner = self.lock();
        let expired = inner.entries.iter().filter(|(_, entry)| match &entry.body {
            Body::Closed(closed) => {
                let kept = if entry.request.is_some() { retention.requested } else { retention.ended };
                installation.owns(&closed.source, &closed.namespace) && Retention::is_over(kept, closed.ended, now)
            }
            Body::Open { .. } => false,
        });
        expired.take(limit).map(|(id, _)| id.clone()).collect()
    }

    /// At most `limit` of our deliveries in namespaces that are no longer watched, where none can be seen to end: those whose plan and
    /// state have been silent for as long as an ended one is kept. `last_state` is when a delivery's last state was written. Plans of
    /// other installations are left to those, whose retention may be another.
    #[must_use]
    pub(crate) fn abandoned(
        &self,
        installation: &Installation,
        retention: &Retention,
        now: Millis,
        limit: usize,
        last_state: impl Fn(&str) -> Option<Millis>,
    ) -> Vec<String> {
        let inner = self.lock();
        let abandoned = inner.entries.iter().filter(|(id, entry)| {
            let (source, namespace, silent) = match &entry.body {
                Body::Closed(closed) => (&*closed.source, &*closed.namespace, closed.ended),
                Body::Open { plan, .. } => (&*plan.source, &*plan.namespace, entry.last.map(|(_, at)| at)),
            };
            let kept = if entry.request.is_some() { retention.requested } else { retention.ended };
            installation.has_left(source, namespace)
                && Retention::is_over(
                    kept,
                    silent.map(|plan| last_state(id).map_or(plan, |state| plan.max(state))),
                    now,
                )
        });
        abandoned.take(limit).map(|(id, _)| id.clone()).collect()
    }

    /// Our plans that are erased. `covers` is given the id of a delivery and the hash of its request's id.
    #[must_use]
    pub(crate) fn erased(
        &self,
        installation: &Installation,
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

fn cancelled(plan: &Plan) -> Plan {
    Plan { phase: PlanPhase::Cancelled, version: plan.version | 1, ..plan.clone() }
}
