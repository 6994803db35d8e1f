use k8s_openapi::apimachinery::pkg::apis::meta::v1::Condition;

use super::*;
use crate::base::conditions::seconds;
use crate::testing;

fn status(phase: DeliveryPhase, reason: &str) -> DeliveryStatus {
    let running = Condition {
        type_: RUNNING.to_owned(),
        status: "False".to_owned(),
        reason: reason.to_owned(),
        message: "A sentence.".to_owned(),
        observed_generation: Some(1),
        last_transition_time: seconds(testing::at(testing::NOW)),
    };
    DeliveryStatus { phase: Some(phase), conditions: vec![running], ..DeliveryStatus::default() }
}

#[test]
fn only_a_pending_delivery_waits_and_the_kubelets_reasons_are_one_cause() {
    assert_eq!(cause(&status(DeliveryPhase::Pending, "PodPending")), Some("PodPending"));
    assert_eq!(cause(&status(DeliveryPhase::Pending, "ImagePullBackOff")), Some("Kubelet"));
    for phase in [DeliveryPhase::Running, DeliveryPhase::Suspended, DeliveryPhase::Finished, DeliveryPhase::Failed] {
        assert_eq!(cause(&status(phase, "PodPending")), None, "{phase:?}");
    }
    assert_eq!(cause(&DeliveryStatus::default()), None, "nothing is known of it yet");
}

#[test]
fn a_wait_ends_with_its_cause() {
    let (waits, begun) = (Waits::default(), Instant::now());
    let seconds = Duration::from_secs;
    let note = |cause, after| waits.note("a", cause, begun + seconds(after));
    assert_eq!(note(Some("RouteNotFound"), 0), None);
    assert_eq!(note(Some("RouteNotFound"), 5), None, "it goes on");
    assert_eq!(note(Some("PodPending"), 12), Some(("RouteNotFound", seconds(12))));
    assert_eq!(waits.note("b", Some("PodPending"), begun), None, "another delivery");
    assert_eq!(note(None, 15), Some(("PodPending", seconds(3))));
    assert_eq!(note(None, 20), None);
    waits.keep(&HashSet::new());
    assert_eq!(waits.note("b", None, begun + seconds(60)), None, "it is gone");
}
