//! Which change of a status is worth an Event. Pure.

use delivery_api::DeliveryStatus;
use delivery_api::status::{COMPLETE, FAILED, RUNNING};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Condition;
use kube_runtime::events::{Event, EventType};

/// Reasons that ask nobody to act.
const NOT_ALARMING: [&str; 7] =
    ["UnderWay", "Starting", "PodPending", "PodTerminating", "Suspended", "Finished", "KafkaUnavailable"];

/// The Event of a transition: when what the status chiefly says has another reason than before.
#[must_use]
pub fn event(old: &DeliveryStatus, new: &DeliveryStatus) -> Option<Event> {
    let now = chief(new)?;
    if chief(old).is_some_and(|before| (&before.type_, &before.reason) == (&now.type_, &now.reason)) {
        return None;
    }
    let alarming = !NOT_ALARMING.contains(&now.reason.as_str());
    Some(Event {
        type_: if alarming { EventType::Warning } else { EventType::Normal },
        reason: now.reason.clone(),
        note: Some(cut(&now.message)),
        action: "Deliver".to_owned(),
        secondary: None,
    })
}

/// A message that the API server takes as a note: at most 1,024 bytes.
fn cut(message: &str) -> String {
    message.get(..message.floor_char_boundary(1_024)).unwrap_or(message).to_owned()
}

/// The condition that matters most.
fn chief(status: &DeliveryStatus) -> Option<&Condition> {
    let find = |kind: &str| status.conditions.iter().find(move |condition| condition.type_ == kind);
    let is_true = |condition: &&Condition| condition.status == "True";
    find(COMPLETE).filter(is_true).or_else(|| find(FAILED).filter(is_true)).or_else(|| find(RUNNING))
}
