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
    (given_up > observed.steady).then(|| {
        let creating = || format!("The pod {} is being created.", facts.current_pod(&observed.subject.key));
        let (reason, message) = observed
            .obstacle()
            .map_or_else(|| (Reason::PodPending, creating()), |(reason, message)| (reason, message.to_owned()));
        Wait { reason, message, requeue_after: until(given_up, observed.steady) }
    })
}

/// Waits while a pod terminates, until it is given up.
pub(super) fn while_terminating(pod: &PodView, observed: &Observed) -> Option<Wait> {
    let patience = if pod.disrupted { GIVE_UP_DISRUPTED } else { GIVE_UP };
    let seen = pod.grace.saturating_add(patience);
    let requeue_after = first(later(pod.ends_by, patience), later(observed.ending_since, seen), observed)?;
    let message = format!("The pod {} is terminating; the next attempt follows.", pod.name);
    Some(Wait { reason: Reason::PodTerminating, message, requeue_after })
}

/// Waits while a pod ends that is not watched. It is ended rather than mended: the next one resumes where it was, and the operator needs
/// no permission to change pods.
pub(super) fn while_stray(pod: &PodView, observed: &Observed) -> Option<Wait> {
    if pod.is_terminating() {
        while_terminating(pod, observed)?;
    }
    let message = format!(
        "The pod {} has lost the label {DELIVERY_UID_LABEL} or its owner reference, by which it is found; it is ended, and the next \
         attempt follows.",
        pod.name
    );
    Some(Wait { reason: Reason::PodStray, message, requeue_after: UNWATCHED })
}

/// How long the next attempt waits after a pod that failed; `None` if it need not.
pub(super) fn after_failure(pod: &PodView, observed: &Observed) -> Option<Duration> {
    let wait = 2_i64.saturating_pow(pod.attempt.saturating_sub(1)).saturating_mul(RETRY).min(MAX_RETRY);
    let wait = SignedDuration::from_secs(wait);
    first(later(pod.ended_at, wait), later(observed.ending_since.or(Some(observed.steady)), wait), observed)
}

fn later(since: Option<Timestamp>, wait: SignedDuration) -> Option<Timestamp> {
    since.map(|since| since.saturating_add(wait).unwrap_or(Timestamp::MAX))
}

/// How long to wait until the first of two times has come: one by the clocks of others, one by what this process has seen. Where a clock is
/// ahead, the first alone would not come for as long. `None` once one has come.
fn first(theirs: Option<Timestamp>, ours: Option<Timestamp>, observed: &Observed) -> Option<Duration> {
    let times = [theirs.zip(Some(observed.now)), ours.zip(Some(observed.steady))];
    times.into_iter().flatten().map(|(due, now)| (due > now).then(|| until(due, now))).min().flatten()
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
    in_time(due.duration_since(now))
}

/// When to look again at what is due after that: a little later, so that it is.
pub(super) fn in_time(wait: SignedDuration) -> Duration {
    Duration::try_from(wait).unwrap_or_default() + Duration::from_millis(50)
}
