//! Erasure: deletes the erased Deliveries, and removes their plans and states from Kafka.
//!
//! What to do follows from what exists ([`decide`], pure), so it can be repeated at any time: after a restart, and when a record
//! arrives late. First the object is deleted, and with it the pod; then the plan is removed, once the API server confirms that the
//! object is gone; then the state, once the pod, its only writer, has written nothing for a while. Plans of another installation, or
//! of a namespace that is not watched, are left to their own operator, which reads the same list.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Instant;

use delivery_messages::Topic;
use kube::{Resource, ResourceExt};

use crate::base::api::{TIME_LIMIT, within};
use crate::base::objects::GuardedDelivery;
use crate::base::subject::ObjectKey;
use crate::cleanup::cleaner::{Cleaner, MAX_PER_ROUND};
use crate::cleanup::refusals::Refusals;
use crate::deliveries::acting::delete::delete_delivery;
use crate::error::Error;
use crate::log::refused::RefusedPartitions;
use crate::tables::ended_plans::ErasedPlan;

/// What to do now.
#[derive(Debug, Default)]
pub(crate) struct Work {
    pub objects: Vec<Arc<GuardedDelivery>>,
    /// Plans to remove, once their objects are certainly gone.
    pub plans: Vec<ErasedPlan>,
}

/// What to do, given the existing Deliveries and our erased plans.
#[must_use]
pub(crate) fn decide(
    objects: impl IntoIterator<Item = Arc<GuardedDelivery>>,
    plans: Vec<ErasedPlan>,
    is_erased: impl Fn(&GuardedDelivery) -> bool,
) -> Work {
    let mut exists = HashSet::new();
    let mut work = Work::default();
    for object in objects {
        exists.extend(object.uid());
        if object.meta().deletion_timestamp.is_none() && is_erased(&object) {
            work.objects.push(object);
        }
    }
    // Filtered before it is limited: objects that are slow to go must not hold up the others.
    work.plans = plans.into_iter().filter(|plan| !exists.contains(&plan.delivery_id)).take(MAX_PER_ROUND).collect();
    work
}

impl Cleaner {
    /// Does what can be done now. Whether something waits for an object or a pod to go.
    ///
    /// # Errors
    /// When the API server or Kafka does not answer, or refuses one of them; everything can be repeated. One that the API server refuses
    /// does not stop the others.
    pub(crate) async fn erase(&self, moment: Instant) -> Result<bool, Error> {
        let tables = &self.log.tables;
        if tables.erased.is_empty() || self.log.gap_in(&[Topic::Erased]).is_some() {
            return Ok(false);
        }
        let is_erased = |id: &str, request| tables.erased.covers(id, request) && self.log.has_read(Topic::Plan, id);
        let plans = tables.plans.erased(&self.installation, is_erased);
        let work = decide(self.objects.deliveries(), plans, |delivery| tables.erased.covers_object(delivery));
        // Without a key it was never stored, which does not happen to watched objects.
        let (mut refusals, mut refused) = (Refusals::default(), RefusedPartitions::default());
        for key in work.objects.iter().filter_map(|object| ObjectKey::of(object.as_ref()).ok()) {
            if refusals.skip(within(TIME_LIMIT, delete_delivery(&self.client, &key)).await)?.is_none() {
                continue;
            }
            tracing::info!(
                namespace = key.namespace,
                delivery = key.name,
                uid = key.uid,
                "Deleted an erased Delivery."
            );
        }
        let mut waits = !work.objects.is_empty();
        for plan in &work.plans {
            let id = &plan.delivery_id;
            if let Some((namespace, name)) = &plan.object {
                match refusals.skip(self.is_gone(namespace, name, id).await)? {
                    Some(true) => {}
                    is_there => {
                        waits |= is_there.is_some();
                        continue;
                    }
                }
            }
            if refused.attempt(self.log.place(Topic::Plan, id), self.log.remove_plan(id)).await?.is_some() {
                tracing::info!(uid = id, "Removed the plan of an erased delivery from Kafka.");
            }
        }
        let without_plan =
            |id: &str| tables.erased.contains(id) && !tables.plans.knows(id) && self.log.knows_all_of(id);
        for id in self.quiet.note(tables.states.versions(without_plan), moment).into_iter().take(MAX_PER_ROUND) {
            if refused.attempt(self.log.place(Topic::State, &id), self.log.remove_state(&id)).await?.is_some() {
                tracing::info!(uid = id, "Removed the state of an erased delivery from Kafka.");
            }
        }
        refused.end()?;
        refusals.end()?;
        Ok(waits || !tables.states.versions(without_plan).is_empty())
    }
}

#[cfg(test)]
#[path = "tests/erasure.rs"]
mod tests;

#[cfg(test)]
#[path = "tests/erasing.rs"]
mod erasing;
