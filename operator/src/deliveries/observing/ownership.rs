//! Whose an object is. Pure.
//!
//! Names and labels can be anyone's; the uid in an owner reference names one Delivery forever. What a hand has taken away is recognized by
//! the name: it is derived from the uid and the number of the attempt, which an annotation holds.

use delivery_api::names::DELIVERY_UID_LABEL;
use kube::ResourceExt;

use crate::base::names;
use crate::base::subject::ObjectKey;
use crate::deliveries::observing::pods::attempt_annotation;

/// Whether an object belongs to a Delivery. What does not is never deleted, and says nothing about the Delivery.
#[must_use]
pub(crate) fn belongs_to(object: &impl ResourceExt, delivery: &ObjectKey) -> bool {
    object.owner_references().iter().any(|owner| owner.uid == delivery.uid)
}

/// Whether an object was made for a Delivery and has lost its owner reference, as by `kubectl delete --cascade=orphan`.
#[must_use]
pub(crate) fn is_orphan_of(object: &impl ResourceExt, delivery: &ObjectKey) -> bool {
    let attempt = object.annotations().get(&attempt_annotation()).and_then(|text| text.parse().ok());
    let name = attempt.map(|attempt| names::pod(&delivery.name, &delivery.uid, attempt));
    object.owner_references().is_empty() && name.is_some() && name == object.meta().name
}

/// Whether an object of a Delivery has lost the label or the owner reference by which it is found and watched.
#[must_use]
pub(crate) fn is_stray(object: &impl ResourceExt, delivery: &ObjectKey) -> bool {
    !belongs_to(object, delivery) || object.labels().get(DELIVERY_UID_LABEL) != Some(&delivery.uid)
}

#[cfg(test)]
#[path = "tests/ownership.rs"]
mod tests;
