//! The status of a Delivery, scene by scene.

use delivery_api::{DeliveryPhase, DeliveryStatus};
use delivery_messages::StatePhase;

use super::*;
use crate::deliveries::event::event;
use crate::deliveries::observed::RouteView;
use crate::testing;
use crate::testing::{PENDING, RUNNING, SUCCEEDED, Scene, pod, pod_name};

fn status_of(scene: &Scene) -> DeliveryStatus {
    status(&scene.observed(), &scene.plan())
}

/// A condition's status and reason.
fn reason<'a>(status: &'a DeliveryStatus, kind: &str) -> (&'a str, &'a str) {
    let found = status.conditions.iter().find(|condition| condition.type_ == kind).unwrap();
    assert!(found.message.ends_with('.'), "{}", found.message);
    assert!(found.observed_generation.is_some());
    (&found.status, &found.reason)
}

#[test]
fn a_running_delivery_has_progress_and_a_time_of_arrival() {
    let status = status_of(&Scene::new("").pods([pod(1, RUNNING)]).state(80, StatePhase::Running));
    assert_eq!(status.phase, Some(DeliveryPhase::Running));
    assert_eq!((status.progress.as_deref(), status.progress_percent), (Some("37%"), Some(37)));
    assert_eq!((status.eta.as_deref(), status.speed.as_deref()), (Some("68s"), Some("62 km/h")));
    assert_eq!(status.position, Some([-47.929_23, -15.825_94]));
    assert_eq!((status.attempt, status.pod_name.as_deref()), (Some(1), Some(pod_name(1).as_str())));
    assert_eq!(reason(&status, "RouteReady"), ("True", "RouteFound"));
    assert_eq!(reason(&status, "Running"), ("True", "UnderWay"));
    assert_eq!(reason(&status, "Complete"), ("False", "NotArrived"));
    assert_eq!(reason(&status, "Failed"), ("False", "NotFailed"));
    assert_eq!(status.observed_generation, Some(1));
}

#[test]
fn the_status_of_one_observation_is_always_the_same() {
    let scenes = [
        Scene::new("").pods([pod(1, PENDING)]),
        Scene::new("").pods([pod(1, RUNNING)]).state(80, StatePhase::Running),
        Scene::new("suspend: true"),
        Scene::new("").state(218, StatePhase::Finished),
        Scene::new("").pods([pod(1, SUCCEEDED)]),
        Scene::new("").state(3, StatePhase::Failed),
        Scene::new("").route(RouteView::Missing { name: "primeiro".to_owned() }),
    ];
    for mut scene in scenes {
        let first = status_of(&scene);
        scene.delivery.status = Some(first.clone());
        scene.now = testing::at("2026-11-22T10:01:30Z");
        assert_eq!(status_of(&scene), first, "half a minute alone changes nothing");
    }
}

#[test]
fn a_new_position_is_a_refresh_and_a_new_phase_is_not() {
    let mut scene = Scene::new("").pods([pod(1, RUNNING)]).state(80, StatePhase::Running);
    let first = status_of(&scene);
    scene.delivery.status = Some(first.clone());
    scene.state.as_mut().unwrap().progress = 0.41;
    scene.state.as_mut().unwrap().position = Some([-47.9, -15.8]);
    let second = status_of(&scene);
    assert!(first != second && is_refresh(&first, &second));
    assert!(event(&first, &second).is_none());
    scene.state = Some(testing::state(218, StatePhase::Finished));
    let third = status_of(&scene);
    assert!(!is_refresh(&second, &third));
    assert_eq!(event(&second, &third).unwrap().reason, "Finished");
}

#[test]
fn a_delivery_that_runs_again_has_a_time_of_arrival_again() {
    let scene = Scene::new("").pods([pod(1, RUNNING)]).state(80, StatePhase::Running).then("");
    let between = scene.pods([pod(2, PENDING)]).then("");
    assert_eq!(status_of(&between).eta, None);
    let again = between.then("").pods([pod(2, RUNNING)]);
    assert_eq!(status_of(&again).eta.as_deref(), Some("68s"));
}

#[test]
fn a_finished_delivery_has_100_percent_and_the_time_of_its_end() {
    let status = status_of(&Scene::new("").pods([pod(1, SUCCEEDED)]).state(218, StatePhase::Finished));
    assert_eq!(status.phase, Some(DeliveryPhase::Finished));
    assert_eq!((status.progress.as_deref(), &status.eta), (Some("100%"), &None));
    assert_eq!(reason(&status, "Complete"), ("True", "Finished"));
    assert_eq!(status.finished_at.unwrap().0, testing::at("2026-11-22T10:00:45Z"), "when the last position was due");
    let without_log = status_of(&Scene::new("").pods([pod(1, SUCCEEDED)]));
    assert_eq!(without_log.progress.as_deref(), Some("100%"));
    assert_eq!(without_log.finished_at.unwrap().0, testing::at("2026-11-22T10:00:50Z"), "when the container ended");
}

#[test]
fn suspended_keeps_its_progress_and_promises_no_time() {
    let running = Scene::new("").pods([pod(1, RUNNING)]).state(80, StatePhase::Running);
    let status = status_of(&running.then("suspend: true"));
    assert_eq!(status.phase, Some(DeliveryPhase::Suspended));
    assert_eq!((status.progress.as_deref(), status.eta, status.speed), (Some("37%"), None, None));
    assert_eq!(status.observed_generation, Some(2));
}

#[test]
fn the_status_says_what_a_delivery_waits_for() {
    let status = status_of(&Scene::new("").route(RouteView::Missing { name: "primeiro".to_owned() }));
    assert_eq!(status.phase, Some(DeliveryPhase::Pending));
    assert_eq!(reason(&status, "RouteReady"), ("False", "RouteNotFound"));
    assert_eq!(reason(&status, "Running"), ("False", "RouteNotFound"));
    assert_eq!((status.attempt, status.pod_name), (None, None));
    let unpulled = "phase: Pending, containerStatuses: [{ name: simulator, state: { waiting: { reason: ImagePullBackOff, message: Back-off pulling image } }, ready: false, restartCount: 0, image: a, imageID: a }]";
    let status = status_of(&Scene::new("").pods([pod(1, unpulled)]));
    assert_eq!(reason(&status, "Running"), ("False", "ImagePullBackOff"));
    let announced = event(&DeliveryStatus::default(), &status).unwrap();
    assert!(matches!(announced.type_, kube_runtime::events::EventType::Warning));
    let unplaced = "phase: Pending, conditions: [{ type: PodScheduled, status: 'False', reason: Unschedulable, message: '0/1 nodes are available.' }]";
    assert_eq!(reason(&status_of(&Scene::new("").pods([pod(1, unplaced)])), "Running"), ("False", "Unschedulable"));
}

#[test]
fn a_normal_transition_is_no_warning() {
    let started = status_of(&Scene::new(""));
    let announced = event(&DeliveryStatus::default(), &started).unwrap();
    assert_eq!(announced.reason, "PodPending");
    assert!(matches!(announced.type_, kube_runtime::events::EventType::Normal));
}

#[test]
fn the_message_about_a_crash_loop_does_not_change_by_itself() {
    let crashing = |delay: &str| {
        let status = format!(
            "phase: Running, containerStatuses: [{{ name: simulator, state: {{ waiting: {{ reason: CrashLoopBackOff, message: 'back-off {delay} restarting' }} }}, ready: false, restartCount: 3, image: a, imageID: a }}]"
        );
        status_of(&Scene::new("").pods([pod(1, &status)])).conditions
    };
    assert_eq!(crashing("10s"), crashing("20s"));
}

#[test]
fn a_remaining_time_is_short() {
    for (seconds, text) in [(-3, "0s"), (68, "68s"), (119, "119s"), (120, "2m"), (5_399, "89m"), (7_500, "2h05m")] {
        assert_eq!(remaining(seconds), text);
    }
}

#[test]
fn only_a_vehicle_that_has_arrived_has_100_percent() {
    for (progress, whole) in [(0.0, 0), (0.379, 37), (0.9999, 99), (1.0, 99), (f64::NAN, 0), (-1.0, 0)] {
        assert_eq!(percent(progress), whole);
    }
}
