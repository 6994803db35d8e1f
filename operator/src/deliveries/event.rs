//! Which change of a status is worth an Event. Pure.

use delivery_api::DeliveryStatus;
use delivery_api::status::{COMPLETE, FAILED, RUNNING};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Condition;
use kube_runtime::events::Event;

use crate::base::reason::event_type;

/// The longest note of an Event that the API server accepts, in bytes.
const MAX_NOTE: usize = 1_024;

/// The Event of a transition: when the most important condition has another reason than before.
#[must_use]
pub fn event(old: &DeliveryStatus, new: &DeliveryStatus) -> Option<Event> {
    let now = most_important(new)?;
    if most_important(old).is_some_and(|before| (&before.type_, &before.reason) == (&now.type_, &now.reason)) {
        return None;
    }
    Some(Event {
        type_: event_type(&now.reason),
        reason: now.reason.clone(),
        note: Some(truncated(&now.message)),
        action: "Deliver".to_owned(),
        secondary: None,
    })
}

fn truncated(message: &str) -> String {
    message.get(..message.floor_char_boundary(MAX_NOTE)).unwrap_or(message).to_owned()
}

fn most_important(status: &DeliveryStatus) -> Option<&Condition> {
    let find = |kind: &str| status.conditions.iter().find(move |condition| condition.type_ == kind);
    let is_true = |condition: &&Condition| condition.status == "True";
    find(COMPLETE).filter(is_true).or_else(|| find(FAILED).filter(is_true)).or_else(|| find(RUNNING))
}
