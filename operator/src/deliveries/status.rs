//! The status of one delivery, from what was observed and planned. Pure.
//!
//! Computed twice from the same observation it is equal, so that an unchanged status is not written.

use delivery_api::status::{COMPLETE, FAILED, ROUTE_READY, RUNNING};
use delivery_api::{DeliveryPhase, DeliveryStatus};
use delivery_messages::{State, StatePhase};
use jiff::Timestamp;

use crate::base::conditions::{ConditionUpdate, condition, seconds};
use crate::base::reason::Reason;
use crate::base::subject::ObjectKey;
use crate::deliveries::observed::Observed;
use crate::deliveries::plan::{DeliveryState, Plan};
use crate::deliveries::pods::{PodPhase, PodView, Trouble};

/// The status of a delivery. That of one that is being deleted, or about which nothing was decided, must not be written.
#[must_use]
pub(crate) fn status(observed: &Observed, plan: &Plan) -> DeliveryStatus {
    let old = observed.subject.status.clone().unwrap_or_default();
    let generation = observed.subject.generation;
    let running = running(observed, plan);
    let phase = phase(plan, &running);
    let updates =
        [(ROUTE_READY, route_ready(plan)), (RUNNING, running), (COMPLETE, complete(plan)), (FAILED, failed(plan))];
    let conditions = updates
        .into_iter()
        .map(|(kind, update)| condition(kind, update, &old.conditions, generation, observed.now))
        .collect();
    let mut new = DeliveryStatus {
        observed_generation: generation,
        phase: Some(phase),
        conditions,
        route_revision: plan.facts.route.clone(),
        attempt: (plan.facts.attempt > 0).then_some(plan.facts.attempt),
        pod_name: plan.facts.pod_name.clone(),
        resumed_at: plan.facts.resumed_at.map(seconds),
        finished_at: phase.is_final().then(|| seconds(observed.finished_at().unwrap_or(observed.now))),
        ..old.clone()
    };
    match &observed.state {
        Some(state) => set_progress(&mut new, state, phase, observed.now),
        None if phase == DeliveryPhase::Finished => set_arrived(&mut new),
        None => {}
    }
    let unmoved = new.progress == old.progress && new.position == old.position;
    if unmoved && (old.phase, phase) == (Some(DeliveryPhase::Running), DeliveryPhase::Running) {
        // A new remaining time alone is not worth a write.
        new.eta.clone_from(&old.eta);
        new.arrives_at.clone_from(&old.arrives_at);
    }
    new
}

/// Whether two statuses differ in nothing but progress.
#[must_use]
pub(crate) fn is_refresh(old: &DeliveryStatus, new: &DeliveryStatus) -> bool {
    let same = DeliveryStatus {
        progress: old.progress.clone(),
        progress_percent: old.progress_percent,
        eta: old.eta.clone(),
        arrives_at: old.arrives_at.clone(),
        position: old.position,
        speed: old.speed.clone(),
        ..new.clone()
    };
    same == *old
}

fn phase(plan: &Plan, running: &ConditionUpdate) -> DeliveryPhase {
    match &plan.state {
        DeliveryState::Finished => DeliveryPhase::Finished,
        DeliveryState::Failed { .. } => DeliveryPhase::Failed,
        DeliveryState::Suspended => DeliveryPhase::Suspended,
        DeliveryState::Running if running.status == Some(true) => DeliveryPhase::Running,
        DeliveryState::Running | DeliveryState::Waiting { .. } | DeliveryState::Deleting | DeliveryState::Undecided => {
            DeliveryPhase::Pending
        }
    }
}

fn update(status: impl Into<Option<bool>>, reason: Reason, message: impl Into<String>) -> ConditionUpdate {
    ConditionUpdate::new(status, reason.as_str(), message)
}

fn route_ready(plan: &Plan) -> ConditionUpdate {
    match (&plan.state, &plan.facts.route) {
        (DeliveryState::Waiting { reason, message }, _) if reason.explains(ROUTE_READY) => {
            update(false, *reason, message.clone())
        }
        (_, Some(key)) => update(true, Reason::RouteFound, format!("The delivery uses the route revision {key}.")),
        (_, None) => update(None, Reason::NotLookedUp, "The route has not been looked up yet."),
    }
}

fn running(observed: &Observed, plan: &Plan) -> ConditionUpdate {
    match &plan.state {
        DeliveryState::Deleting | DeliveryState::Undecided => {
            update(None, Reason::Unknown, "The state of the delivery is not known.")
        }
        DeliveryState::Waiting { reason, message } => update(false, *reason, message.clone()),
        DeliveryState::Suspended => update(false, Reason::Suspended, "Paused until spec.suspend is set to false."),
        DeliveryState::Finished => update(false, Reason::Finished, "The vehicle has reached the end of its route."),
        DeliveryState::Failed { message } => update(false, Reason::Failed, message.clone()),
        DeliveryState::Running => pod_running(observed, &plan.facts.current_pod(&observed.subject.key)),
    }
}

fn pod_running(observed: &Observed, name: &str) -> ConditionUpdate {
    let starting = || update(false, Reason::PodPending, format!("The pod {name} is starting."));
    let Some(pod) = observed.pods.iter().find(|pod| pod.name == name) else {
        return starting();
    };
    match (pod.phase, &pod.trouble) {
        (PodPhase::Running, _) if observed.state.is_some() => {
            update(true, Reason::UnderWay, format!("The pod {name} is running the delivery."))
        }
        (PodPhase::Running, _) => {
            update(false, Reason::Starting, format!("The pod {name} is running and has not sent a position yet."))
        }
        (_, Some(trouble)) => in_trouble(&observed.subject.key, pod, trouble),
        (_, None) => starting(),
    }
}

fn in_trouble(delivery: &ObjectKey, pod: &PodView, trouble: &Trouble) -> ConditionUpdate {
    let name = &pod.name;
    let message = if trouble.reason == "CrashLoopBackOff" {
        // The kubelet's message has the pod's uid and a growing delay, so it would change all the time.
        let namespace = &delivery.namespace;
        format!(
            "The container of the pod {name} keeps crashing; see its log: kubectl logs --namespace {namespace} {name}."
        )
    } else {
        // The first line is enough, and does not change.
        let message = trouble.message.lines().next().unwrap_or(&trouble.reason);
        format!("The pod {name} is not running: {}.", message.trim_end_matches('.'))
    };
    ConditionUpdate::new(false, trouble.reason.clone(), message)
}

fn complete(plan: &Plan) -> ConditionUpdate {
    if plan.state == DeliveryState::Finished {
        update(true, Reason::Finished, "The vehicle has reached the end of its route.")
    } else {
        update(false, Reason::NotArrived, "The vehicle has not reached the end of its route.")
    }
}

fn failed(plan: &Plan) -> ConditionUpdate {
    match &plan.state {
        DeliveryState::Failed { message } => update(true, Reason::GivenUp, message.clone()),
        _ => update(false, Reason::NotFailed, "No permanent failure."),
    }
}

fn set_progress(status: &mut DeliveryStatus, state: &State, phase: DeliveryPhase, now: Timestamp) {
    status.started_at = Timestamp::from_millisecond(state.start).ok().map(seconds);
    status.position = state.position.or(status.position);
    if phase == DeliveryPhase::Finished || state.phase == StatePhase::Finished {
        return set_arrived(status);
    }
    let percent = percent(state.progress);
    status.progress = Some(format!("{percent}%"));
    status.progress_percent = Some(percent);
    if phase == DeliveryPhase::Running {
        status.speed = Some(format!("{:.0} km/h", state.speed * 3.6));
        let arrival = Timestamp::from_millisecond(state.eta).ok();
        status.eta = arrival.map(|arrival| remaining(arrival.duration_since(now).as_secs()));
        status.arrives_at = arrival.map(seconds);
    } else {
        clear_motion(status);
    }
}

fn set_arrived(status: &mut DeliveryStatus) {
    status.progress = Some("100%".to_owned());
    status.progress_percent = Some(100);
    clear_motion(status);
}

/// A vehicle that is not moving has no speed and no time of arrival.
fn clear_motion(status: &mut DeliveryStatus) {
    status.speed = None;
    status.eta = None;
    status.arrives_at = None;
}

/// An integer percentage; 100 only at the very end.
fn percent(progress: f64) -> u32 {
    let percent = (progress.clamp(0.0, 1.0) * 100.0).floor();
    // In range by the line above.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 to 100")]
    let percent = percent as u32;
    percent.min(99)
}

/// A remaining time for `kubectl get`: `68s`, `12m`, `2h05m`.
fn remaining(seconds: i64) -> String {
    match seconds.max(0) {
        seconds @ 0..=119 => format!("{seconds}s"),
        seconds @ 120..=5_399 => format!("{}m", seconds / 60),
        seconds => format!("{}h{:02}m", seconds / 3_600, seconds % 3_600 / 60),
    }
}

#[cfg(test)]
#[path = "tests/status.rs"]
mod tests;
