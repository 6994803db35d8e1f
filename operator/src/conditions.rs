//! Conditions whose transition time changes only with their status.

use jiff::{Timestamp, Unit};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{Condition, Time};

/// What a condition is to say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Saying {
    /// `Some(true)`, `Some(false)`, or unknown.
    pub status: Option<bool>,
    /// A stable name.
    pub reason: String,
    /// A whole sentence.
    pub message: String,
}

impl Saying {
    /// A condition with that status.
    #[must_use]
    pub fn new(status: impl Into<Option<bool>>, reason: impl Into<String>, message: impl Into<String>) -> Self {
        Self { status: status.into(), reason: reason.into(), message: message.into() }
    }
}

/// The condition of that type among `old` as it is to be now.
#[must_use]
pub fn condition(kind: &str, saying: Saying, old: &[Condition], generation: Option<i64>, now: Timestamp) -> Condition {
    let status = match saying.status {
        Some(true) => "True",
        Some(false) => "False",
        None => "Unknown",
    };
    let same = old.iter().find(|condition| condition.type_ == kind && condition.status == status);
    Condition {
        type_: kind.to_owned(),
        status: status.to_owned(),
        reason: saying.reason,
        message: saying.message,
        observed_generation: generation,
        last_transition_time: same.map_or_else(|| seconds(now), |condition| condition.last_transition_time.clone()),
    }
}

/// A time as Kubernetes holds it: in whole seconds.
#[must_use]
pub fn seconds(time: Timestamp) -> Time {
    let whole = jiff::TimestampRound::new().smallest(Unit::Second).mode(jiff::RoundMode::Floor);
    Time(time.round(whole).unwrap_or(time))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn the_transition_time_changes_with_the_status_only() {
        let (early, late) = (at("2026-11-22T10:00:00.7Z"), at("2026-11-22T10:00:09Z"));
        let first = condition("Running", Saying::new(false, "PodPending", "It waits."), &[], Some(1), early);
        assert_eq!(first.last_transition_time, Time(at("2026-11-22T10:00:00Z")));
        let old = [first];
        let second = condition("Running", Saying::new(false, "Starting", "It starts."), &old, Some(2), late);
        assert_eq!(second.last_transition_time, old[0].last_transition_time);
        assert_eq!((second.reason.as_str(), second.observed_generation), ("Starting", Some(2)));
        let third = condition("Running", Saying::new(true, "UnderWay", "It drives."), &[second], Some(2), late);
        assert_eq!(third.last_transition_time, Time(late));
    }
}
