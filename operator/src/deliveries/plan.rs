//! Decides what to do for one delivery, from what was observed of it. No client, and no clock but the given time.
//!
//! An attempt is recorded in the status before its pod is created, on the condition that the object has not changed since it was
//! observed. So each attempt belongs to one process, which creates its pod once; any other process that cannot know whether that
//! has happened waits until it must have, and makes the next attempt.

use std::time::Duration;

use delivery_api::DeliveryPhase;
use delivery_api::status::{COMPLETE, FAILED, RUNNING};
use delivery_messages::records::text::cut;
use delivery_messages::{PlanPhase, StatePhase};
use jiff::{SignedDuration, Timestamp};

use crate::base::reason::Reason;
use crate::deliveries::observing::observed::{Facts, Observed, RouteView};
use crate::deliveries::observing::pods::{PodPhase, PodView};
use crate::deliveries::waiting::{
    Wait, after_failure, agreed_wait, in_time, until, while_stray, while_terminating, while_unconfirmed,
};

/// When to requeue after deleting a pod of an abandoned attempt.
const ABANDONED: Duration = Duration::from_secs(1);
/// How long a new delivery waits for the log before its status says so.
const LOG_PATIENCE: SignedDuration = SignedDuration::from_secs(10);
/// The maximum length of a simulator's reason in the status, in bytes: the log may hold anything, and an object has its limits.
const MAX_REASON: usize = 1024;

/// The state of a delivery.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum DeliveryState {
    /// Its object is being deleted: nothing is done or reported any more.
    Deleting,
    /// Nothing is known that would improve on the present status.
    Undecided,
    /// It waits for something.
    Waiting {
        reason: Reason,
        /// A whole sentence: for what.
        message: String,
    },
    /// Its pod exists, or is being created.
    Running,
    /// It is paused until `spec.suspend` is false.
    Suspended,
    /// Its vehicle is at the end of the route.
    Finished,
    /// It cannot go on.
    Failed {
        /// A whole sentence: why.
        message: String,
    },
}

/// One thing to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// Record when it was resumed, before anything else.
    RecordResume,
    /// Make sure that the log holds its plan in this phase, and the route that the plan names.
    Publish(PlanPhase),
    /// Record that the next attempt is made, which claims it for this process.
    RecordAttempt,
    /// Create the pod of an attempt.
    CreatePod(u32),
    /// Delete a pod and its ConfigMap.
    DeletePod {
        name: String,
        /// So that no other pod of the same name is deleted.
        uid: String,
    },
    /// Delete the Delivery: its TTL after the end has passed.
    DeleteDelivery,
    /// Say that it has been suspended for too long, and delete the Delivery.
    EndSuspended,
}

/// What to do, and what is true afterwards.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Plan {
    pub state: DeliveryState,
    /// In this order.
    pub steps: Vec<Step>,
    /// What is fixed after the steps.
    pub facts: Facts,
    /// When to reconcile again even if nothing triggers it.
    pub requeue_after: Option<Duration>,
}

/// What to do for the delivery.
#[must_use]
pub(crate) fn plan(observed: &Observed) -> Plan {
    let facts = observed.facts.clone();
    let plan = |state, steps, facts| Plan { state, steps, facts, requeue_after: None };
    if observed.subject.is_being_deleted {
        return plan(DeliveryState::Deleting, Vec::new(), facts);
    }
    if let Some(state) = end(observed) {
        return after_the_end(observed, state, facts);
    }
    if !observed.log_read {
        return without_log(observed, facts);
    }
    let mut facts = facts;
    if let Some(waiting) = fix_route(&observed.route, &mut facts) {
        return plan(waiting, Vec::new(), facts);
    }
    if observed.subject.spec.suspend {
        let mut steps = vec![Step::Publish(PlanPhase::Suspended)];
        steps.extend(observed.pods.iter().filter(|pod| !pod.is_terminating()).map(delete));
        let due = suspension_end(observed);
        let requeue_after = due.and_then(|due| agreed_wait(due, observed));
        if due.is_some() && requeue_after.is_none() {
            steps.push(Step::EndSuspended);
        }
        return Plan { state: DeliveryState::Suspended, steps, facts, requeue_after };
    }
    let mut steps = Vec::new();
    if observed.has_reason(RUNNING, Reason::Suspended) {
        facts.resumed_at = Some(observed.now);
        steps.push(Step::RecordResume);
    }
    keep_running(observed, facts, steps)
}

/// When a delivery from a request has been suspended for too long: it counts as under way, and must not use up the limits for ever.
fn suspension_end(observed: &Observed) -> Option<Timestamp> {
    observed.subject.request_id.as_ref()?;
    Some(observed.suspended_at().saturating_add(observed.suspension?).unwrap_or(Timestamp::MAX))
}

/// How the delivery has ended, if it has: as recorded in the status, else by the log or by a pod that succeeded.
fn end(observed: &Observed) -> Option<DeliveryState> {
    if observed.is_true(COMPLETE) {
        return Some(DeliveryState::Finished);
    }
    if let Some(condition) = observed.condition(FAILED).filter(|condition| condition.status == "True") {
        return Some(DeliveryState::Failed { message: condition.message.clone() });
    }
    match observed.state.as_ref().map(|state| (state.phase, &state.reason)) {
        Some((StatePhase::Finished, _)) => return Some(DeliveryState::Finished),
        Some((StatePhase::Failed, reason)) => {
            let reason = cut(reason.as_deref().unwrap_or("no reason was given"), MAX_REASON);
            return Some(DeliveryState::Failed { message: format!("The simulator gave up: {reason}.") });
        }
        Some((StatePhase::Running, _)) | None => {}
    }
    observed.pods.iter().any(|pod| pod.phase == PodPhase::Succeeded).then_some(DeliveryState::Finished)
}

fn after_the_end(observed: &Observed, state: DeliveryState, facts: Facts) -> Plan {
    let mut steps = Vec::new();
    if matches!(state, DeliveryState::Failed { .. }) {
        steps.extend(observed.pods.iter().filter(|pod| !pod.is_terminating() && !pod.has_ended()).map(delete));
    }
    let mut requeue_after = None;
    if let Some(ttl) = observed.subject.spec.ttl_seconds_after_finished {
        let finished = observed.finished_at().unwrap_or(observed.now);
        let due = finished.saturating_add(SignedDuration::from_secs(i64::from(ttl))).unwrap_or(Timestamp::MAX);
        requeue_after = agreed_wait(due, observed);
        if requeue_after.is_none() {
            steps.push(Step::DeleteDelivery);
        }
    }
    Plan { state, steps, facts, requeue_after }
}

/// An operator that has just started will have read the log soon. If it takes longer, the status of a new delivery explains why, and so does
/// that of one that has not begun, when it waits for a partition that others do not need.
fn without_log(observed: &Observed, facts: Facts) -> Plan {
    let created = observed.subject.created_at.unwrap_or(observed.now);
    let due = created.saturating_add(LOG_PATIENCE).unwrap_or(Timestamp::MAX);
    let phase = observed.subject.status.as_ref().map(|status| status.phase.unwrap_or_default());
    let may_begin = observed.unread.is_some() && phase == Some(DeliveryPhase::Pending) && observed.pods.is_empty();
    let (state, requeue_after) = if phase.is_some() && !may_begin {
        (DeliveryState::Undecided, None)
    } else if due > observed.now {
        (DeliveryState::Undecided, Some(until(due, observed.now)))
    } else {
        let message = || "Waiting for Kafka: the operator has not read the state of the deliveries yet.".to_owned();
        let message = observed.unread.clone().unwrap_or_else(message);
        (DeliveryState::Waiting { reason: Reason::KafkaUnavailable, message }, None)
    };
    Plan { state, steps: Vec::new(), facts, requeue_after }
}

/// Fixes the route's revision of a delivery that has none yet; returns what it waits for if it cannot have one.
fn fix_route(route: &RouteView, facts: &mut Facts) -> Option<DeliveryState> {
    let waiting = |reason, message| Some(DeliveryState::Waiting { reason, message });
    match route {
        RouteView::NotNeeded => None,
        RouteView::Ready(route) => {
            facts.route.get_or_insert_with(|| route.key());
            None
        }
        RouteView::Missing { name } => waiting(
            Reason::RouteNotFound,
            format!("Waiting for the DeliveryRoute {name} to be created in this namespace."),
        ),
        RouteView::NotReady { name, message } => {
            waiting(Reason::RouteNotReady, format!("The DeliveryRoute {name} cannot be used: {message}"))
        }
        RouteView::BadPath { message } => {
            waiting(Reason::RouteNotReady, format!("The path in spec.path cannot be used: {message}"))
        }
        RouteView::Gone { key } => waiting(
            Reason::RouteRevisionGone,
            format!(
                "The route revision {key} that the delivery started with is neither in the cluster nor in Kafka. Create a new Delivery."
            ),
        ),
    }
}

/// A delivery that should be running.
fn keep_running(observed: &Observed, mut facts: Facts, mut steps: Vec<Step>) -> Plan {
    let newest = observed.pods.iter().max_by_key(|pod| pod.attempt);
    let older = observed.pods.iter().filter(|pod| newest.is_some_and(|newest| newest.uid != pod.uid));
    steps.push(Step::Publish(PlanPhase::Accepted));
    steps.extend(older.filter(|pod| !pod.is_terminating()).map(delete));
    let wait = match newest {
        None => None,
        Some(pod) if pod.is_stray => {
            if !pod.is_terminating() {
                steps.push(delete(pod));
            }
            while_stray(pod, observed)
        }
        Some(pod) if pod.is_terminating() => while_terminating(pod, observed),
        // A later attempt is recorded: two processes decided at the same time. Only the recorded attempt counts.
        Some(pod) if pod.attempt < facts.attempt => {
            steps.push(delete(pod));
            let message = format!("The pod {} belongs to an abandoned attempt; the next attempt follows.", pod.name);
            Some(Wait { reason: Reason::PodTerminating, message, requeue_after: ABANDONED })
        }
        Some(pod) if pod.phase == PodPhase::Failed => {
            if let Some(requeue_after) = after_failure(pod, observed) {
                let message = format!("The pod {} failed{}; the next attempt follows.", pod.name, pod.trouble_text());
                Some(Wait { reason: Reason::PodFailed, message, requeue_after })
            } else {
                steps.push(delete(pod));
                None
            }
        }
        Some(pod) => {
            let requeue_after = observed.sidecar_due(pod).map(in_time);
            return Plan { state: DeliveryState::Running, steps, facts, requeue_after };
        }
    };
    if let Some(Wait { reason, message, requeue_after }) = while_unconfirmed(observed, &facts).or(wait) {
        let state = DeliveryState::Waiting { reason, message };
        return Plan { state, steps, facts, requeue_after: Some(requeue_after) };
    }
    facts.start_next();
    steps.extend([Step::RecordAttempt, Step::CreatePod(facts.attempt)]);
    Plan { state: DeliveryState::Running, steps, facts, requeue_after: None }
}

fn delete(pod: &PodView) -> Step {
    Step::DeletePod { name: pod.name.clone(), uid: pod.uid.clone() }
}

#[cfg(test)]
#[path = "tests/plan.rs"]
mod tests;
