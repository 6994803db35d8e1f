//! Which change of a status is worth an Event, and which Events there are beside those. Pure.

use delivery_api::DeliveryStatus;
use delivery_api::status::{COMPLETE, FAILED, RUNNING};
use delivery_controller::events;
use delivery_controller::time::whole_seconds;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Condition;
use kube_runtime::events::{Event, EventType};

use crate::base::reason::event_type;
use crate::deliveries::observing::observed::Observed;

/// The Event of a transition: when the most important condition has another reason than before.
#[must_use]
pub(crate) fn event(old: &DeliveryStatus, new: &DeliveryStatus) -> Option<Event> {
    let now = most_important(new)?;
    if most_important(old).is_some_and(|before| (&before.type_, &before.reason) == (&now.type_, &now.reason)) {
        return None;
    }
    Some(events::event(event_type(&now.reason), now.reason.clone(), "Deliver", &now.message))
}

/// The Event before the deletion of a delivery that has been suspended for too long.
#[must_use]
pub(crate) fn suspended_too_long(observed: &Observed) -> Event {
    let hours = observed.suspension.unwrap_or_default().as_hours();
    let since = whole_seconds(observed.suspended_at());
    let note = format!(
        "The delivery, which a request has started, has been suspended since {since}, for {hours} hours or more, and is deleted \
         (requests.suspendedHours)."
    );
    events::event(EventType::Warning, "SuspendedTooLong", "Delete", &note)
}

fn most_important(status: &DeliveryStatus) -> Option<&Condition> {
    let find = |kind: &str| status.conditions.iter().find(move |condition| condition.type_ == kind);
    let is_true = |condition: &&Condition| condition.status == "True";
    find(COMPLETE).filter(is_true).or_else(|| find(FAILED).filter(is_true)).or_else(|| find(RUNNING))
}
