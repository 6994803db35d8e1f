//! The status of one delivery, from what was observed and planned. Pure.
//!
//! Computed twice from the same observation it is equal, so that an unchanged status is not written.

use delivery_api::age::age;
use delivery_api::status::{COMPLETE, FAILED, READY, ROUTE_READY, RUNNING, STALLED};
use delivery_api::{DeliveryPhase, DeliveryStatus};
use delivery_messages::{State, StatePhase};
use jiff::{SignedDuration, Timestamp};

use crate::base::conditions::{ConditionUpdate, condition, seconds};
use crate::base::reason::Reason;
use crate::base::subject::ObjectKey;
use crate::deliveries::observing::observed::{Facts, Observed};
use crate::deliveries::observing::pods::{PodPhase, PodView, Trouble};
use crate::deliveries::observing::sidecar::PATIENCE;
use crate::deliveries::plan::{DeliveryState, Plan};

/// The status of a delivery. That of one that is being deleted, or about which nothing was decided, must not be written.
#[must_use]
pub(crate) fn status(observed: &Observed, plan: &Plan) -> DeliveryStatus {
    let old = observed.subject.status.clone().unwrap_or_default();
    let generation = observed.subject.generation;
    let running = running(observed, plan);
    let phase = phase(observed, plan, &running);
    let updates = [
        (READY, ready(plan, &running)),
        (ROUTE_READY, route_ready(plan)),
        (RUNNING, running),
        (COMPLETE, complete(plan)),
        (FAILED, failed(plan)),
    ];
    let conditions = updates
        .into_iter()
        .chain(stalled(plan).map(|update| (STALLED, update)))
        .map(|(kind, update)| condition(kind, update, &old.conditions, generation, observed.now))
        .collect();
    let mut new = DeliveryStatus {
        observed_generation: generation,
        phase: Some(phase),
        conditions,
        route_revision: plan.facts.route.clone(),
        attempt: (plan.facts.attempt > 0).then_some(plan.facts.attempt),
        pod_name: plan.facts.pod_name.clone(),
        suspended_at: (plan.state == DeliveryState::Suspended).then(|| seconds(observed.suspended_at())),
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

/// The status of a delivery that is no longer paused, before anything else is done for it.
#[must_use]
pub(crate) fn resumed(observed: &Observed, facts: &Facts) -> DeliveryStatus {
    let old = observed.subject.status.clone().unwrap_or_default();
    let mut new = DeliveryStatus { resumed_at: facts.resumed_at.map(seconds), ..old.clone() };
    for found in new.conditions.iter_mut().filter(|found| matches!(&*found.type_, READY | RUNNING)) {
        let resuming = update(false, Reason::Resumed, "Resuming from where it was paused.");
        let kind = found.type_.clone();
        *found = condition(&kind, resuming, &old.conditions, found.observed_generation, observed.now);
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

fn phase(observed: &Observed, plan: &Plan, running: &ConditionUpdate) -> DeliveryPhase {
    match &plan.state {
        DeliveryState::Finished => DeliveryPhase::Finished,
        DeliveryState::Failed { .. } => DeliveryPhase::Failed,
        DeliveryState::Suspended => DeliveryPhase::Suspended,
        DeliveryState::Running if running.status == Some(true) => DeliveryPhase::Running,
        // One that is silent was under way.
        DeliveryState::Running if running.status.is_none() && observed.state.is_some() => DeliveryPhase::Running,
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
        // What stood in its way is true until it exists.
        return observed.obstacle().map_or_else(starting, |(reason, message)| update(false, reason, message));
    };
    let delivery = &observed.subject.key;
    if let Some(sidecar) = pod.sidecar.as_ref().filter(|sidecar| sidecar.holds_up(observed.now)) {
        // One that was under way may be so still.
        let is_under_way = pod.phase == PodPhase::Running && observed.state.is_some();
        let status = if is_under_way { None } else { Some(false) };
        return update(status, Reason::SidecarNotReady, sidecar.message(&delivery.namespace, name));
    }
    if observed.misses_kafka(pod) {
        return kafka_not_reached(delivery, name);
    }
    if let Some(limit) = observed.silent_for() {
        return silent(delivery, name, limit);
    }
    match (pod.phase, &pod.trouble) {
        (PodPhase::Running, _) if observed.state.is_some() => {
            update(true, Reason::UnderWay, format!("The pod {name} is running the delivery."))
        }
        (PodPhase::Running, _) => {
            update(false, Reason::Starting, format!("The pod {name} is running and has not sent a position yet."))
        }
        (_, Some(trouble)) => in_trouble(delivery, pod, trouble),
        (_, None) => starting(),
    }
}

/// A policy of the mesh shows nowhere else: the operator has another identity, for which Kafka may well be open.
fn kafka_not_reached(delivery: &ObjectKey, pod: &str) -> ConditionUpdate {
    let (namespace, seconds) = (&delivery.namespace, PATIENCE.as_secs());
    let message = format!(
        "The pod {pod} and its sidecar run, but nothing of it has reached Kafka for {seconds} seconds: an AuthorizationPolicy, a Sidecar or a \
         NetworkPolicy forbids it, or Kafka is away; see kubectl get authorizationpolicies --namespace {namespace}, and its log: kubectl logs \
         --namespace {namespace} {pod}."
    );
    update(false, Reason::KafkaNotReached, message)
}

/// The message does not change while the silence lasts.
fn silent(delivery: &ObjectKey, pod: &str, limit: SignedDuration) -> ConditionUpdate {
    let (namespace, seconds) = (&delivery.namespace, limit.as_secs());
    let message = format!(
        "Nothing has come from the pod {pod} for {seconds} seconds: its process hangs, or Kafka cannot be reached; see its log: \
         kubectl logs --namespace {namespace} {pod}."
    );
    update(None, Reason::Silent, message)
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

/// Whether the delivery is as its spec asks, by the rules of kstatus: a paused one is. It has no sentence of its own, so that it never
/// changes alone.
fn ready(plan: &Plan, running: &ConditionUpdate) -> ConditionUpdate {
    match plan.state {
        DeliveryState::Finished => complete(plan),
        DeliveryState::Failed { .. } => ConditionUpdate { status: Some(false), ..failed(plan) },
        DeliveryState::Suspended => ConditionUpdate { status: Some(true), ..running.clone() },
        DeliveryState::Waiting { .. } | DeliveryState::Running | DeliveryState::Deleting | DeliveryState::Undecided => {
            running.clone()
        }
    }
}

/// Present only while somebody has to act, as kstatus expects it.
fn stalled(plan: &Plan) -> Option<ConditionUpdate> {
    match &plan.state {
        DeliveryState::Failed { .. } => Some(failed(plan)),
        DeliveryState::Waiting { reason, message } if reason.explains(STALLED) => {
            Some(update(true, *reason, message.clone()))
        }
        _ => None,
    }
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
        status.eta = arrival.map(|arrival| age(arrival.duration_since(now).as_secs()));
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

#[cfg(test)]
#[path = "tests/status.rs"]
mod tests;
