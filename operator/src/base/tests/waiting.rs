use k8s_openapi::apimachinery::pkg::apis::meta::v1::Condition;

use super::*;
use crate::base::conditions::seconds;

fn status(phase: DeliveryPhase, running: &str, reason: &str) -> DeliveryStatus {
    let running = Condition {
        type_: RUNNING.to_owned(),
        status: running.to_owned(),
        reason: reason.to_owned(),
        message: "A sentence.".to_owned(),
        observed_generation: Some(1),
        last_transition_time: seconds("2026-11-22T10:01:00Z".parse().unwrap()),
    };
    DeliveryStatus { phase: Some(phase), conditions: vec![running], ..DeliveryStatus::default() }
}

fn cause(status: &DeliveryStatus) -> Option<&'static str> {
    wait(status).map(|(cause, _)| cause)
}

#[test]
fn a_delivery_waits_that_is_pending_or_silent_and_a_crash_loop_is_a_cause_of_its_own() {
    assert_eq!(cause(&status(DeliveryPhase::Pending, "False", "PodPending")), Some("PodPending"));
    assert_eq!(cause(&status(DeliveryPhase::Pending, "False", "CrashLoopBackOff")), Some("CrashLoopBackOff"));
    assert_eq!(cause(&status(DeliveryPhase::Pending, "False", "ImagePullBackOff")), Some("Kubelet"));
    assert_eq!(cause(&status(DeliveryPhase::Running, "Unknown", "Silent")), Some("Silent"));
    assert_eq!(cause(&status(DeliveryPhase::Running, "True", "UnderWay")), None, "it is under way");
    for phase in [DeliveryPhase::Suspended, DeliveryPhase::Finished, DeliveryPhase::Failed] {
        assert_eq!(cause(&status(phase, "False", "Suspended")), None, "{phase:?}");
    }
    assert_eq!(cause(&DeliveryStatus::default()), None, "nothing is known of it yet");
}

#[test]
fn waits_are_counted_by_cause_once_they_are_long_enough() {
    let begun = wait(&status(DeliveryPhase::Pending, "False", "PodPending")).unwrap().1;
    let waits = || [("PodPending", begun), ("PodPending", begun), ("RouteNotFound", begun)].into_iter();
    let after = |minutes| count(waits(), STUCK, begun + SignedDuration::from_mins(minutes));
    assert_eq!(after(9), [("CrashLoopBackOff", 0)]);
    assert_eq!(after(10), [("CrashLoopBackOff", 0), ("PodPending", 2), ("RouteNotFound", 1)]);
    let crashing = count([("CrashLoopBackOff", begun)].into_iter(), SignedDuration::ZERO, begun);
    assert_eq!(crashing, [("CrashLoopBackOff", 1)]);
}
