//! What is said of one Delivery: its whole status, from what was observed and intended.
//!
//! Pure. Two computations of the same world are equal, so that an unchanged status is not written.

use crate::conditions::{Saying, condition, seconds};
use crate::plan::{Course, Intent};
use crate::view::{PodPhase, PodView, World};
use delivery_api::status::{COMPLETE, FAILED, ROUTE_READY, RUNNING};
use delivery_api::{DeliveryPhase, DeliveryStatus};
use delivery_messages::{State, StatePhase};
use jiff::Timestamp;

/// The status of a Delivery; for one that is leaving or undecided, nobody should ask.
#[must_use]
pub fn status(world: &World<'_>, intent: &Intent) -> DeliveryStatus {
    let old = world.delivery.status.clone().unwrap_or_default();
    let generation = world.delivery.metadata.generation;
    let running = running(world, intent);
    let phase = phase(intent, &running);
    let sayings = [
        (ROUTE_READY, route_ready(intent)),
        (RUNNING, running),
        (COMPLETE, complete(intent)),
        (FAILED, failed(intent)),
    ];
    let conditions = sayings
        .into_iter()
        .map(|(kind, saying)| condition(kind, saying, &old.conditions, generation, world.now))
        .collect();
    let mut new = DeliveryStatus {
        observed_generation: generation,
        phase: Some(phase),
        conditions,
        route_revision: intent.facts.route.clone(),
        attempt: (intent.facts.attempt > 0).then_some(intent.facts.attempt),
        pod_name: intent.facts.pod_name.clone(),
        resumed_at: intent.facts.resumed_at.map(seconds),
        finished_at: phase.is_final().then(|| seconds(world.finished_at().unwrap_or(world.now))),
        ..old.clone()
    };
    match world.state {
        Some(state) => set_progress(&mut new, state, phase, world.now),
        None if phase == DeliveryPhase::Finished => set_arrived(&mut new),
        None => {}
    }
    let still = new.progress == old.progress && new.position == old.position;
    if still && (old.phase, phase) == (Some(DeliveryPhase::Running), DeliveryPhase::Running) {
        // The remaining time alone is no reason to write.
        new.eta.clone_from(&old.eta);
        new.arrives_at.clone_from(&old.arrives_at);
    }
    new
}

/// Whether two statuses differ in nothing but how far the vehicle is.
#[must_use]
pub fn is_refresh(old: &DeliveryStatus, new: &DeliveryStatus) -> bool {
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

fn phase(intent: &Intent, running: &Saying) -> DeliveryPhase {
    match &intent.course {
        Course::Finished => DeliveryPhase::Finished,
        Course::Failed { .. } => DeliveryPhase::Failed,
        Course::Suspended => DeliveryPhase::Suspended,
        Course::Driving if running.status == Some(true) => DeliveryPhase::Running,
        Course::Driving | Course::Waiting { .. } | Course::Leaving | Course::Undecided => DeliveryPhase::Pending,
    }
}

fn route_ready(intent: &Intent) -> Saying {
    match (&intent.course, &intent.facts.route) {
        (Course::Waiting { reason, message }, _) if reason.starts_with("Route") => {
            Saying::new(false, *reason, message.clone())
        }
        (_, Some(key)) => Saying::new(true, "RouteFound", format!("It drives the revision {key}.")),
        (_, None) => Saying::new(None, "NotLookedUp", "Its route has not been looked up yet."),
    }
}

fn running(world: &World<'_>, intent: &Intent) -> Saying {
    match &intent.course {
        Course::Leaving | Course::Undecided => Saying::new(None, "Unknown", "Nothing is known of it."),
        Course::Waiting { reason, message } => Saying::new(false, *reason, message.clone()),
        Course::Suspended => Saying::new(false, "Suspended", "It stands until spec.suspend is false."),
        Course::Finished => Saying::new(false, "Finished", "The vehicle is at the end of its route."),
        Course::Failed { message } => Saying::new(false, "Failed", message.clone()),
        Course::Driving => driving(world, &intent.facts.current_pod(world.delivery)),
    }
}

fn driving(world: &World<'_>, name: &str) -> Saying {
    let Some(pod) = world.pods.iter().find(|pod| pod.name == name) else {
        return Saying::new(false, "PodPending", format!("The pod {name} is starting."));
    };
    match (pod.phase, &pod.trouble) {
        (PodPhase::Running, _) if world.state.is_some() => {
            Saying::new(true, "UnderWay", format!("The pod {name} drives."))
        }
        (PodPhase::Running, _) => {
            Saying::new(false, "Starting", format!("The pod {name} runs and has not sent a position yet."))
        }
        (_, Some(trouble)) => in_trouble(pod, trouble),
        (_, None) => Saying::new(false, "PodPending", format!("The pod {name} is starting.")),
    }
}

fn in_trouble(pod: &PodView, (reason, message): &(String, String)) -> Saying {
    // The kubelet names the pod, its uid and a growing delay in its messages; the reason and the first line are enough.
    let message = message.lines().next().unwrap_or_default();
    let message =
        if reason == "CrashLoopBackOff" { "its container ends again and again; see its log" } else { message };
    Saying::new(false, reason.clone(), format!("The pod {} does not run: {}.", pod.name, message.trim_end_matches('.')))
}

fn complete(intent: &Intent) -> Saying {
    if intent.course == Course::Finished {
        Saying::new(true, "Finished", "The vehicle is at the end of its route.")
    } else {
        Saying::new(false, "NotArrived", "The vehicle is not at the end of its route.")
    }
}

fn failed(intent: &Intent) -> Saying {
    match &intent.course {
        Course::Failed { message } => Saying::new(true, "GivenUp", message.clone()),
        _ => Saying::new(false, "NotFailed", "Nothing stops it for good."),
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
        stand(status);
    }
}

fn set_arrived(status: &mut DeliveryStatus) {
    status.progress = Some("100%".to_owned());
    status.progress_percent = Some(100);
    stand(status);
}

/// What stands has no speed, and nobody knows when it arrives.
fn stand(status: &mut DeliveryStatus) {
    status.speed = None;
    status.eta = None;
    status.arrives_at = None;
}

/// Whole per cents, 100 only at the very end.
fn percent(progress: f64) -> u32 {
    let percent = (progress.clamp(0.0, 1.0) * 100.0).floor();
    // In range by the line above.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 to 100")]
    let percent = percent as u32;
    percent.min(99)
}

/// A remaining time for the eye: `68s`, `12m`, `2h05m`.
fn remaining(seconds: i64) -> String {
    match seconds.max(0) {
        seconds @ 0..=119 => format!("{seconds}s"),
        seconds @ 120..=5_399 => format!("{}m", seconds / 60),
        seconds => format!("{}h{:02}m", seconds / 3_600, seconds % 3_600 / 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_remaining_time_is_short() {
        for (seconds, text) in [(-3, "0s"), (68, "68s"), (119, "119s"), (120, "2m"), (5_399, "89m"), (7_500, "2h05m")] {
            assert_eq!(remaining(seconds), text);
        }
    }

    #[test]
    fn only_an_arrived_vehicle_has_100_per_cent() {
        for (progress, whole) in [(0.0, 0), (0.379, 37), (0.9999, 99), (1.0, 99), (f64::NAN, 0), (-1.0, 0)] {
            assert_eq!(percent(progress), whole);
        }
    }
}
