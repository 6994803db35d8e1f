//! Forgets what is erased: deletes the Deliveries, and removes their plans and states from Kafka.
//!
//! What is to be done follows from what is there ([`decide`], pure), so it can be done again at any time: after a restart, and
//! when a record comes late. First the object goes, and with it the pod; then its plan, when the API server says that the object
//! is gone; then its state, whose one writer was that pod, when it has been silent for a while. Plans of another installation, or
//! of a namespace that is not watched, are left to their operator, which reads the same list.

use crate::context::Context;
use crate::error::Error;
use crate::objects::GuardedDelivery;
use crate::{act, removal, sweep};
use delivery_messages::Millis;
use kube::{Resource, ResourceExt};
use std::collections::HashSet;
use std::sync::Arc;

/// How long a state must be silent, milliseconds: longer than a pod that was told to end takes to write its last.
const SILENT: Millis = 20_000;
/// The most keys of one topic that are removed at once; the rest follows at the next time.
const MOST: usize = 500;

/// A plan that is to be removed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ErasedPlan {
    /// The delivery.
    pub delivery_id: String,
    /// The namespace and name of its object, as long as there may be one.
    pub object: Option<(String, String)>,
}

/// What is to be done now.
#[derive(Debug, Default)]
pub struct Work {
    /// Deliveries that are to be deleted.
    pub objects: Vec<Arc<GuardedDelivery>>,
    /// Plans that are to be removed once their objects are gone for certain.
    pub plans: Vec<ErasedPlan>,
}

/// What is to be done, given the Deliveries that there are and the plans of ours that are erased.
#[must_use]
pub fn decide(
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
    // One whose object does not go is no place taken from the others.
    work.plans = plans.into_iter().filter(|plan| !exists.contains(&plan.delivery_id)).take(MOST).collect();
    work
}

/// Does what can be done now. Whether something waits for an object to go or a pod to end.
///
/// # Errors
/// When the API server or Kafka does not answer; all can be done again.
pub async fn erase(context: &Context, now: Millis) -> Result<bool, Error> {
    if context.erased.is_empty() {
        return Ok(false);
    }
    let covers = |id: &str, request: Option<u64>| context.erased.covers(id, request);
    let plans = context.plans.erased(&context.installation(), covers);
    let work = decide(context.objects.deliveries(), plans, |delivery| context.erased.covers_object(delivery));
    for object in &work.objects {
        act::delete_delivery(context, object.as_ref()).await?;
        tracing::info!(
            namespace = object.namespace(),
            name = object.name_any(),
            delivery = object.uid(),
            "A Delivery was deleted: it is erased."
        );
    }
    let mut waits = !work.objects.is_empty();
    for plan in &work.plans {
        let id = &plan.delivery_id;
        // The watch may be behind.
        if let Some((namespace, name)) = &plan.object
            && !sweep::is_gone(context, namespace, name, id).await?
        {
            waits = true;
            continue;
        }
        removal::plan(context, id, now).await?;
        tracing::info!(delivery = id, "The plan of an erased delivery was removed from Kafka.");
    }
    let left = |id: &str| context.erased.contains(id) && !context.plans.knows(id);
    for id in context.states.silent(left, now - SILENT, MOST) {
        removal::state(context, &id, now).await?;
        tracing::info!(delivery = id, "The state of an erased delivery was removed from Kafka.");
    }
    Ok(waits || !context.states.silent(left, now, 1).is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object(uid: &str, more: &str) -> Arc<GuardedDelivery> {
        let manifest = format!(
            "{{ apiVersion: codedelivery.dev/v1alpha1, kind: Delivery, metadata: {{ name: d-{uid}, namespace: shop, uid: {uid}{more} }}, spec: {{}} }}"
        );
        Arc::new(serde_yaml::from_str(&manifest).unwrap())
    }

    fn plan(id: &str) -> ErasedPlan {
        ErasedPlan { delivery_id: id.to_owned(), object: Some(("shop".to_owned(), format!("d-{id}"))) }
    }

    #[test]
    fn the_object_goes_first_and_the_plan_when_it_is_gone() {
        let objects = [
            object("erased", ""),
            object("leaving", ", deletionTimestamp: 2026-11-22T10:00:00Z"),
            object("another", ""),
        ];
        let plans = vec![plan("erased"), plan("leaving"), plan("gone")];
        let work = decide(objects, plans, |object| object.uid().is_some_and(|uid| uid != "another"));
        let deleted: Vec<_> = work.objects.iter().filter_map(|object| object.uid()).collect();
        assert_eq!(deleted, ["erased"], "what is leaving need not be told again, and nobody else is touched");
        assert_eq!(work.plans, [plan("gone")]);
    }
}
