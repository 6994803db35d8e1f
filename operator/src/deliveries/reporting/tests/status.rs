//! The status of a Delivery, scene by scene.

use delivery_api::{DeliveryPhase, DeliveryStatus};
use delivery_messages::StatePhase;

use super::*;
use crate::deliveries::observing::observed::RouteView;
use crate::deliveries::reporting::event::event;
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

/// Each kind of delivery, with its phase, and what `Ready` and `Stalled` say.
fn healths() -> Vec<(Scene, (&'static str, &'static str), Option<&'static str>)> {
    let running = || Scene::new("").pods([pod(1, RUNNING)]).state(80, StatePhase::Running);
    let mut silent = running();
    silent.silent_since = Some(silent.now - SignedDuration::from_secs(60));
    let gone = RouteView::Gone { key: "shop/primeiro@0123456789ab".to_owned() };
    vec![
        (Scene::new("").route(RouteView::Missing { name: "primeiro".to_owned() }), ("False", "RouteNotFound"), None),
        (Scene::new(""), ("False", "PodPending"), None),
        (Scene::new("").pods([pod(1, RUNNING)]), ("False", "Starting"), None),
        (Scene::new("").pods([pod(1, testing::EVICTED)]), ("False", "PodFailed"), None),
        (running(), ("True", "UnderWay"), None),
        (silent, ("Unknown", "Silent"), None),
        (running().then("suspend: true"), ("True", "Suspended"), None),
        (Scene::new("").pods([pod(1, SUCCEEDED)]).state(218, StatePhase::Finished), ("True", "Finished"), None),
        (Scene::new("").route(gone), ("False", "RouteRevisionGone"), Some("RouteRevisionGone")),
        (Scene::new("").state(3, StatePhase::Failed), ("False", "GivenUp"), Some("GivenUp")),
    ]
}

#[test]
fn a_delivery_is_ready_while_it_is_as_asked_and_stalled_while_somebody_has_to_act() {
    for (scene, expected, stalled) in healths() {
        let status = status_of(&scene);
        assert_eq!(reason(&status, "Ready"), expected);
        let found = status.conditions.iter().find(|condition| condition.type_ == "Stalled");
        assert_eq!(found.map(|found| (&*found.status, &*found.reason)), stalled.map(|reason| ("True", reason)));
        let ready = &status.conditions[0];
        assert_eq!((&*ready.type_, ready.observed_generation), ("Ready", scene.delivery.metadata.generation));
    }
}

#[test]
fn each_reason_explains_the_conditions_that_it_is_given_to() {
    for (scene, ..) in healths() {
        for condition in status_of(&scene).conditions {
            let reason = Reason::parse(&condition.reason).unwrap();
            assert!(reason.explains(&condition.type_), "{reason:?} of {}", condition.type_);
        }
    }
}

/// The two conditions that say nothing new must cost nothing either.
#[test]
fn ready_and_stalled_never_change_alone_so_they_cause_no_write() {
    let without = |status: &DeliveryStatus| {
        let mut status = status.clone();
        status.conditions.retain(|condition| !matches!(&*condition.type_, "Ready" | "Stalled"));
        status
    };
    for (before, ..) in healths() {
        let first = status_of(&before);
        for (mut after, ..) in healths() {
            after.delivery.status = Some(first.clone());
            let second = status_of(&after);
            assert_eq!(first == second, without(&first) == without(&second));
            assert_eq!(is_refresh(&first, &second), is_refresh(&without(&first), &without(&second)));
        }
    }
    let mut running = Scene::new("").pods([pod(1, RUNNING)]).state(80, StatePhase::Running);
    let first = status_of(&running);
    running.delivery.status = Some(first.clone());
    for progress in [0.4, 0.5, 0.9] {
        running.now += SignedDuration::from_secs(30);
        running.state.as_mut().unwrap().progress = progress;
        let second = status_of(&running);
        assert_eq!(second.conditions, first.conditions, "a delivery that drives on changes no condition");
        assert!(is_refresh(&first, &second));
    }
}

#[test]
fn a_delivery_that_is_resumed_is_not_ready_until_it_is_under_way_again() {
    let mut scene = Scene::new("suspend: true").then("");
    scene.now = testing::at("2026-11-22T10:02:00Z");
    let status = resumed(&scene.observed(), &scene.plan().facts);
    assert_eq!((reason(&status, "Ready"), reason(&status, "Running")), (("False", "Resumed"), ("False", "Resumed")));
    let since = |kind: &str| {
        let found = status.conditions.iter().find(|condition| condition.type_ == kind).unwrap();
        found.last_transition_time.0
    };
    assert_eq!(since("Ready"), scene.now, "it was ready while it was paused");
    assert_eq!(since("Running"), testing::at(testing::NOW), "it was not running before either");
    assert_eq!(status.resumed_at.unwrap().0, scene.now);
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
fn only_a_vehicle_that_has_arrived_has_100_percent() {
    for (progress, whole) in [(0.0, 0), (0.379, 37), (0.9999, 99), (1.0, 99), (f64::NAN, 0), (-1.0, 0)] {
        assert_eq!(percent(progress), whole);
    }
}

#[test]
fn a_running_delivery_that_nothing_has_come_from_for_too_long_says_so_until_it_moves_again() {
    let silent = |spec: &str, seconds: i64| {
        let mut scene = Scene::new(spec).pods([pod(1, RUNNING)]).state(80, StatePhase::Running);
        scene.silent_since = Some(scene.now - SignedDuration::from_secs(seconds));
        status_of(&scene)
    };
    assert_eq!(reason(&silent("", 59), "Running"), ("True", "UnderWay"));
    let standing = silent("", 60);
    assert_eq!(reason(&standing, "Running"), ("Unknown", "Silent"));
    assert_eq!(standing.phase, Some(DeliveryPhase::Running));
    let said = event(&silent("", 59), &standing).unwrap();
    assert_eq!(said.reason, "Silent");
    assert!(matches!(said.type_, kube_runtime::events::EventType::Warning));
    assert!(event(&standing, &silent("", 90)).is_none(), "it is said once");
    assert_eq!(standing.conditions, silent("", 90).conditions);
    assert_eq!(event(&standing, &silent("", 1)).unwrap().reason, "UnderWay");
    let rare = "intervalMilliseconds: 60000";
    assert_eq!(reason(&silent(rare, 179), "Running"), ("True", "UnderWay"), "its positions are a minute apart");
    assert_eq!(reason(&silent(rare, 180), "Running"), ("Unknown", "Silent"));
    let mut starting = Scene::new("").pods([pod(1, RUNNING)]);
    starting.silent_since = Some(starting.now - SignedDuration::from_secs(60));
    assert_eq!(reason(&status_of(&starting), "Running"), ("Unknown", "Silent"));
    assert_eq!(status_of(&starting).phase, Some(DeliveryPhase::Pending), "it was never under way");
}

/// A pod behind a native sidecar, on its node since half a minute before now; each container's state, as YAML.
fn meshed(phase: &str, proxy: &str, main: &str) -> PodView {
    pod(
        1,
        &format!(
            "phase: {phase}, startTime: 2026-11-22T10:00:30Z,
             initContainerStatuses: [{{ name: istio-proxy, {proxy}, image: a, imageID: a }}],
             containerStatuses: [{{ name: simulator, {main}, image: a, imageID: a }}]"
        ),
    )
}

const PROXY_READY: &str =
    "state: { running: { startedAt: 2026-11-22T10:00:31Z } }, started: true, ready: true, restartCount: 0";
const PROXY_STARTING: &str =
    "state: { running: { startedAt: 2026-11-22T10:00:31Z } }, started: false, ready: false, restartCount: 0";
const PROXY_KILLED: &str =
    "state: { terminated: { exitCode: 137, finishedAt: 2026-11-22T10:00:35Z } }, ready: false, restartCount: 0";
const INITIALIZING: &str = "state: { waiting: { reason: PodInitializing } }, ready: false, restartCount: 0";
const WORKING: &str = "state: { running: { startedAt: 2026-11-22T10:00:32Z } }, ready: true, restartCount: 0";

#[test]
fn a_pod_whose_proxy_does_not_become_ready_says_so_within_half_a_minute() {
    let scene = Scene::new("").pods([meshed("Pending", PROXY_STARTING, INITIALIZING)]);
    assert_eq!(reason(&status_of(&scene), "Running"), ("False", "SidecarNotReady"));
    let scene = scene.now("2026-11-22T10:00:40Z");
    assert_eq!(reason(&status_of(&scene), "Running"), ("False", "PodPending"), "it may take a while");
    let again = scene.plan().requeue_after.unwrap();
    assert!((10..12).contains(&again.as_secs()), "{again:?}: nothing of the pod need change until then");
    let ready = Scene::new("").pods([meshed("Running", PROXY_READY, WORKING)]).state(80, StatePhase::Running);
    assert_eq!(reason(&status_of(&ready), "Running"), ("True", "UnderWay"));
    assert_eq!(ready.plan().requeue_after, None);
}

#[test]
fn a_delivery_under_way_is_in_doubt_only_when_its_proxy_stays_away() {
    let scene = Scene::new("").pods([meshed("Running", PROXY_KILLED, WORKING)]).state(80, StatePhase::Running);
    let status = status_of(&scene);
    assert_eq!(
        (reason(&status, "Running"), status.phase),
        (("Unknown", "SidecarNotReady"), Some(DeliveryPhase::Running))
    );
    let soon = scene.now("2026-11-22T10:00:37Z");
    assert_eq!(reason(&status_of(&soon), "Running"), ("True", "UnderWay"));
}

#[test]
fn a_pod_that_does_not_reach_kafka_behind_a_proxy_that_is_ready_says_so_within_half_a_minute() {
    let held = |since: &str| {
        let mut scene = Scene::new("").pods([meshed("Running", PROXY_READY, WORKING)]);
        scene.silent_since = Some(testing::at(since));
        scene
    };
    let status = status_of(&held("2026-11-22T10:00:40Z"));
    assert_eq!(reason(&status, "Running"), ("False", "KafkaNotReached"));
    let message = &status.conditions.iter().find(|condition| condition.type_ == "Running").unwrap().message;
    assert!(message.contains("an AuthorizationPolicy, a Sidecar or a NetworkPolicy forbids it"), "{message}");
    let soon = held("2026-11-22T10:00:50Z");
    assert_eq!(reason(&status_of(&soon), "Running"), ("False", "Starting"));
    let again = soon.plan().requeue_after.unwrap();
    assert!((10..12).contains(&again.as_secs()), "{again:?}");
    let mut without = Scene::new("").pods([pod(1, RUNNING)]);
    without.silent_since = Some(testing::at("2026-11-22T10:00:40Z"));
    assert_eq!(reason(&status_of(&without), "Running"), ("False", "Starting"), "there is no mesh");
    assert_eq!(without.plan().requeue_after, None);
}
