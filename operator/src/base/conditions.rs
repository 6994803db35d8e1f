//! Conditions whose transition time changes only with their status, and whose messages are bounded, whatever they quote.

use delivery_controller::time::whole_seconds;
use delivery_messages::records::text::cut;
use jiff::Timestamp;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{Condition, Time};

/// The maximum number of bytes of a message. It may quote a kubelet, a webhook or an object that cannot be decoded, and a status that is
/// too long is not written at all.
const MAX_MESSAGE: usize = 4096;

/// What a condition is to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ConditionUpdate {
    /// `Some(true)`, `Some(false)`, or unknown.
    pub status: Option<bool>,
    pub reason: String,
    /// A whole sentence.
    pub message: String,
}

impl ConditionUpdate {
    #[must_use]
    pub(crate) fn new(status: impl Into<Option<bool>>, reason: impl Into<String>, message: impl Into<String>) -> Self {
        Self { status: status.into(), reason: reason.into(), message: message.into() }
    }
}

/// The condition of that type; one in `old` with the same status keeps its transition time.
#[must_use]
pub(crate) fn condition(
    kind: &str,
    update: ConditionUpdate,
    old: &[Condition],
    generation: Option<i64>,
    now: Timestamp,
) -> Condition {
    let status = match update.status {
        Some(true) => "True",
        Some(false) => "False",
        None => "Unknown",
    };
    let same = old.iter().find(|condition| condition.type_ == kind && condition.status == status);
    Condition {
        type_: kind.to_owned(),
        status: status.to_owned(),
        reason: update.reason,
        message: cut(&update.message, MAX_MESSAGE).into_owned(),
        observed_generation: generation,
        last_transition_time: same.map_or_else(|| seconds(now), |condition| condition.last_transition_time.clone()),
    }
}

/// A time in whole seconds, as Kubernetes stores it.
#[must_use]
pub(crate) fn seconds(time: Timestamp) -> Time {
    Time(whole_seconds(time))
}

#[cfg(test)]
#[path = "tests/conditions.rs"]
mod tests;
