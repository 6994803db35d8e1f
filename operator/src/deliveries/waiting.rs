//! What a delivery waits for before its next attempt, and until when it is to be looked at again. Pure; what is done then is left to
//! [`crate::deliveries::plan`].

use std::time::Duration;

use delivery_api::names::DELIVERY_UID_LABEL;
use jiff::{SignedDuration, Timestamp};

use crate::base::reason::Reason;
use crate::deliveries::observing::observed::{Facts, Observed};
use crate::deliveries::observing::pods::PodView;

/// How long after its grace period the pod of a disrupted node is given up: its kubelet will not end it any more.
const GIVE_UP_DISRUPTED: SignedDuration = SignedDuration::from_secs(10);
/// How long after its grace period any pod is given up.
const GIVE_UP: SignedDuration = SignedDuration::from_secs(60);
/// How long to wait for a pod that another process may be creating: longer than any request can be in flight.
const UNCONFIRMED: SignedDuration = SignedDuration::from_secs(10);
/// When to look again for the end of a pod that is not watched.
const UNWATCHED: Duration = Duration::from_secs(1);
/// Seconds to wait after the first failed pod; doubled with each attempt.
const RETRY: i64 = 10;
/// The longest wait after a failed pod, in seconds.
const MAX_RETRY: i64 = 300;
/// How soon at the latest to look again at what is due by this machine's clock and not yet by the brokers'.
const DISAGREEMENT: Duration = Duration::from_mins(1);

/// What a delivery waits for, and when to reconcile it again.
pub(super) struct Wait {
    pub reason: Reason,
    pub message: String,
    pub requeue_after: Duration,
}

/// Waits while a pod may be in the making: by another process, or by a request that was never answered.
pub(super) fn while_unconfirmed(observed: &Observed, facts: &Facts) -> Option<Wait> {
    let given_up = observed.unconfirmed_since?.saturating_add(UNCONFIRMED).unwrap_or(Timestamp::MAX);
    (given_up > observed.now).then(|| {
        let creating = || format!("The pod {} is being created.", facts.current_pod(&observed.subject.key));
        let (reason, message) = observed
            .obstacle()
            .map_or_else(|| (Reason::PodPending, creating()), |(reason, message)| (reason, message.to_owned()));
        Wait { reason, message, requeue_after: until(given_up, observed.now) }
    })
}

/// Waits while a pod terminates, until it is given up.
pub(super) fn while_terminating(pod: &PodView, now: Timestamp) -> Option<Wait> {
    let patience = if pod.disrupted { GIVE_UP_DISRUPTED } else { GIVE_UP };
    let given_up = pod.ends_by?.saturating_add(patience).unwrap_or(Timestamp::MAX);
    (given_up > now).then(|| Wait {
        reason: Reason::PodTerminating,
        message: format!("The pod {} is terminating; the next attempt follows.", pod.name),
        requeue_after: until(given_up, now),
    })
}

/// Waits while a pod ends that is not watched. It is ended rather than mended: the next one resumes where it was, and the operator needs
/// no permission to change pods.
pub(super) fn while_stray(pod: &PodView, now: Timestamp) -> Option<Wait> {
    if pod.is_terminating() {
        while_terminating(pod, now)?;
    }
    let message = format!(
        "The pod {} has lost the label {DELIVERY_UID_LABEL} or its owner reference, by which it is found; it is ended, and the next \
         attempt follows.",
        pod.name
    );
    Some(Wait { reason: Reason::PodStray, message, requeue_after: UNWATCHED })
}

pub(super) fn after_failure(pod: &PodView, now: Timestamp) -> Timestamp {
    let wait = 2_i64.saturating_pow(pod.attempt.saturating_sub(1)).saturating_mul(RETRY).min(MAX_RETRY);
    pod.ended_at.unwrap_or(now).saturating_add(SignedDuration::from_secs(wait)).unwrap_or(Timestamp::MAX)
}

/// How long to wait before the Delivery is deleted that is due at that time; `None` if it has come, also by the clocks of the brokers.
pub(super) fn agreed_wait(due: Timestamp, observed: &Observed) -> Option<Duration> {
    if due > observed.now {
        return Some(until(due, observed.now));
    }
    match observed.agreed {
        Some(agreed) if due <= agreed => None,
        Some(agreed) => Some(until(due, agreed).min(DISAGREEMENT)),
        None => Some(DISAGREEMENT),
    }
}

pub(super) fn until(due: Timestamp, now: Timestamp) -> Duration {
    Duration::try_from(due.duration_since(now)).unwrap_or_default() + Duration::from_millis(50)
}
