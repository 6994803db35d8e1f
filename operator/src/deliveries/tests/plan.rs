//! What is planned for a Delivery, scene by scene.

use std::time::Duration;

use delivery_messages::{PlanPhase, StatePhase};

use super::*;
use crate::deliveries::observing::observed::RouteView;
use crate::testing;
use crate::testing::{EVICTED, PENDING, RUNNING, SUCCEEDED, Scene, ending, pod, pod_name};

const ACCEPTED: Step = Step::Publish(PlanPhase::Accepted);

fn delete(attempt: u32) -> Step {
    Step::DeletePod { name: pod_name(attempt), uid: format!("pod-{attempt}") }
}

fn waiting(state: &DeliveryState) -> &str {
    match state {
        DeliveryState::Waiting { reason, message } => {
            assert!(message.ends_with('.'), "{message}");
            reason.as_str()
        }
        other => panic!("{other:?} is not waiting"),
    }
}

#[test]
fn a_new_delivery_is_published_before_its_pod_is_created() {
    let plan = Scene::new("").plan();
    assert_eq!(plan.steps, [ACCEPTED, Step::RecordAttempt, Step::CreatePod(1)]);
    assert_eq!(plan.state, DeliveryState::Running);
    assert_eq!(plan.facts.route.as_deref(), Some("shop/primeiro@0123456789ab"));
    assert_eq!((plan.facts.attempt, plan.facts.pod_name), (1, None), "the pod has not been seen yet");
}

#[test]
fn a_running_delivery_is_left_alone() {
    for status in [PENDING, RUNNING] {
        let plan = Scene::new("").pods([pod(1, status)]).plan();
        assert_eq!((plan.steps, plan.state), (vec![ACCEPTED], DeliveryState::Running));
    }
}

#[test]
fn a_pod_that_was_deleted_is_followed_by_the_next_attempt_when_it_is_gone() {
    let going = Scene::new("").pods([ending(pod(1, RUNNING), "2026-11-22T10:01:10Z")]).plan();
    assert_eq!(going.steps, [ACCEPTED]);
    assert_eq!(waiting(&going.state), "PodTerminating");
    let gone = Scene::new("").pods([pod(1, RUNNING)]).then("").pods([]).plan();
    assert_eq!(gone.steps, [ACCEPTED, Step::RecordAttempt, Step::CreatePod(2)]);
    assert_eq!((gone.facts.attempt, gone.facts.pod_name), (2, None));
}

#[test]
fn a_pod_on_a_lost_node_is_given_up_soon_after_its_grace_and_any_other_later() {
    let ended = |seconds: &str, disrupted: bool| {
        let mut pod = ending(pod(1, RUNNING), "2026-11-22T10:01:00Z");
        pod.disrupted = disrupted;
        Scene::new("").pods([pod]).now(&format!("2026-11-22T10:{seconds}Z")).plan().steps
    };
    assert_eq!(ended("01:09", true), [ACCEPTED]);
    assert_eq!(ended("01:11", true), [ACCEPTED, Step::RecordAttempt, Step::CreatePod(2)]);
    assert_eq!(ended("01:59", false), [ACCEPTED]);
    assert_eq!(ended("02:01", false), [ACCEPTED, Step::RecordAttempt, Step::CreatePod(2)]);
}

#[test]
fn a_pod_that_was_to_be_created_and_does_not_exist_is_given_up_after_a_while() {
    // The attempt is recorded, and the process that recorded it is gone.
    let recorded = || Scene::new("").then("");
    let since = |now: &str| {
        let mut scene = recorded().now(now);
        scene.unconfirmed_since = Some(testing::at("2026-11-22T10:01:00Z"));
        scene.plan()
    };
    assert_eq!(recorded().delivery.status.unwrap().attempt, Some(1));
    let early = since("2026-11-22T10:01:09Z");
    assert_eq!(early.steps, [ACCEPTED]);
    assert_eq!((waiting(&early.state), early.requeue_after), ("PodPending", Some(Duration::from_millis(1_050))));
    assert_eq!(since("2026-11-22T10:01:10Z").steps, [ACCEPTED, Step::RecordAttempt, Step::CreatePod(2)]);
}

#[test]
fn a_refusal_remains_the_reason_while_it_is_unknown_whether_the_pod_exists() {
    let mut scene = Scene::new("").then("");
    scene.unconfirmed_since = Some(testing::at("2026-11-22T10:01:00Z"));
    let status = scene.delivery.status.as_mut().unwrap();
    for condition in status.conditions.iter_mut().filter(|condition| condition.type_ == delivery_api::status::RUNNING) {
        "PodRefused".clone_into(&mut condition.reason);
        "Kubernetes refuses the Pod a: exceeded quota.".clone_into(&mut condition.message);
    }
    let plan = scene.plan();
    assert_eq!(waiting(&plan.state), "PodRefused");
    let DeliveryState::Waiting { message, .. } = plan.state else { unreachable!() };
    assert!(message.contains("exceeded quota"), "{message}");
}

#[test]
fn there_are_never_two_pods_that_are_not_being_deleted() {
    let plan = Scene::new("").pods([pod(1, RUNNING), pod(2, PENDING)]).plan();
    assert_eq!(plan.steps, [ACCEPTED, delete(1)]);
}

#[test]
fn a_pod_that_lost_its_label_is_ended_and_the_next_attempt_waits_for_its_end() {
    let stray = |pod: PodView| PodView { is_stray: true, ..pod };
    let found = Scene::new("").pods([stray(pod(1, RUNNING))]).plan();
    assert_eq!(found.steps, [ACCEPTED, delete(1)]);
    assert_eq!((waiting(&found.state), found.requeue_after), ("PodStray", Some(Duration::from_secs(1))));
    let going =
        |now: &str| Scene::new("").pods([stray(ending(pod(1, RUNNING), "2026-11-22T10:01:10Z"))]).now(now).plan();
    let early = going("2026-11-22T10:01:05Z");
    assert_eq!(early.steps, [ACCEPTED]);
    assert_eq!(
        (waiting(&early.state), early.requeue_after),
        ("PodStray", Some(Duration::from_secs(1))),
        "no watch tells"
    );
    assert_eq!(going("2026-11-22T10:03:00Z").steps, [ACCEPTED, Step::RecordAttempt, Step::CreatePod(2)]);
    let suspended = Scene::new("suspend: true").pods([stray(pod(1, RUNNING))]).plan();
    assert_eq!(suspended.steps, [Step::Publish(PlanPhase::Suspended), delete(1)]);
}

#[test]
fn a_failed_pod_is_replaced_after_a_wait_that_grows() {
    let failed = |attempt: u32, now: &str| {
        let mut failed = pod(attempt, EVICTED);
        failed.ended_at = Some(testing::at("2026-11-22T10:00:00Z"));
        Scene::new("").pods([failed]).now(now).plan()
    };
    let early = failed(1, "2026-11-22T10:00:09Z");
    assert_eq!(early.steps, [ACCEPTED]);
    assert_eq!(waiting(&early.state), "PodFailed");
    assert_eq!(early.requeue_after, Some(Duration::from_millis(1_050)));
    assert_eq!(failed(1, "2026-11-22T10:00:10Z").steps, [ACCEPTED, delete(1), Step::RecordAttempt, Step::CreatePod(2)]);
    assert_eq!(failed(3, "2026-11-22T10:00:39Z").steps, [ACCEPTED]);
    assert_eq!(failed(3, "2026-11-22T10:00:40Z").steps, [ACCEPTED, delete(3), Step::RecordAttempt, Step::CreatePod(4)]);
    for attempt in [50, 64, 65, 1_000] {
        assert_eq!(failed(attempt, "2026-11-22T10:04:59Z").steps, [ACCEPTED], "{attempt}");
        let after_five_minutes = failed(attempt, "2026-11-22T10:05:00Z").steps;
        assert_eq!(after_five_minutes, [ACCEPTED, delete(attempt), Step::RecordAttempt, Step::CreatePod(attempt + 1)]);
    }
}

#[test]
fn a_clock_that_is_ahead_elsewhere_makes_no_attempt_wait_for_it() {
    let sixty_days = testing::at("2027-01-21T10:00:00Z");
    let seen = |pod: PodView, seconds: i64| {
        let mut scene = Scene::new("").pods([pod]);
        scene.ending_since = Some(scene.now - SignedDuration::from_secs(seconds));
        scene.plan()
    };
    for ended_at in [None, Some(sixty_days)] {
        let failed = PodView { ended_at, ..pod(1, EVICTED) };
        let early = seen(failed.clone(), 9);
        assert_eq!((waiting(&early.state), early.requeue_after), ("PodFailed", Some(Duration::from_millis(1_050))));
        assert_eq!(seen(failed, 10).steps, [ACCEPTED, delete(1), Step::RecordAttempt, Step::CreatePod(2)]);
    }
    let going = PodView { grace: SignedDuration::from_secs(15), ..ending(pod(1, RUNNING), "2027-01-21T10:00:00Z") };
    let early = seen(going.clone(), 74);
    assert_eq!((waiting(&early.state), early.requeue_after), ("PodTerminating", Some(Duration::from_millis(1_050))));
    assert_eq!(seen(going, 75).steps, [ACCEPTED, Step::RecordAttempt, Step::CreatePod(2)]);
}

#[test]
fn what_this_process_has_seen_is_measured_by_the_clock_that_does_not_jump() {
    let recorded = |seconds: i64| {
        let mut scene = Scene::new("").pods([pod(1, RUNNING)]).then("").pods([]);
        let status = scene.delivery.status.as_mut().unwrap();
        (status.attempt, status.pod_name) = (Some(2), None);
        (scene.steady, scene.unconfirmed_since) =
            (Some(scene.now), Some(scene.now - SignedDuration::from_secs(seconds)));
        scene
    };
    let (back, ahead) = ("2026-11-22T09:00:00Z", "2026-11-22T11:00:00Z");
    assert_eq!(recorded(10).now(back).plan().steps, [ACCEPTED, Step::RecordAttempt, Step::CreatePod(3)]);
    assert_eq!(recorded(9).now(ahead).plan().steps, [ACCEPTED]);
    let silent = |seconds: i64, now: &str| {
        let mut scene = Scene::new("").pods([pod(1, RUNNING)]);
        (scene.steady, scene.silent_since) = (Some(scene.now), Some(scene.now - SignedDuration::from_secs(seconds)));
        scene.now(now).observed().silent_for()
    };
    assert_eq!(silent(59, ahead), None);
    assert_eq!(silent(60, back), Some(SignedDuration::from_secs(60)));
}

#[test]
fn a_pod_that_the_status_does_not_know_yet_is_not_created_again() {
    let plan = Scene::new("").pods([pod(3, PENDING)]).plan();
    assert_eq!(plan.steps, [ACCEPTED]);
    assert_eq!((plan.facts.attempt, plan.facts.pod_name), (3, Some(pod_name(3))));
}

#[test]
fn a_delivery_waits_for_a_route_that_does_not_exist() {
    let missing = RouteView::Missing { name: "primeiro".to_owned() };
    let plan = Scene::new("").route(missing).plan();
    assert_eq!(plan.steps, []);
    assert_eq!(waiting(&plan.state), "RouteNotFound");
    let broken = RouteView::NotReady { name: "primeiro".to_owned(), message: "It has no length.".to_owned() };
    assert_eq!(waiting(&Scene::new("").route(broken).plan().state), "RouteNotReady");
    let gone = RouteView::Gone { key: "shop/primeiro@0".to_owned() };
    assert_eq!(waiting(&Scene::new("").route(gone).plan().state), "RouteRevisionGone");
}

#[test]
fn a_delivery_keeps_the_revision_that_it_started_with() {
    let scene = Scene::new("").pods([pod(1, RUNNING)]).then("");
    let changed = delivery_messages::Route { revision: "ffffffffffff".to_owned(), ..testing::route_record() };
    let plan = scene.route(RouteView::Ready(std::sync::Arc::new(changed))).plan();
    assert_eq!(plan.facts.route.as_deref(), Some("shop/primeiro@0123456789ab"));
}

#[test]
fn a_suspended_delivery_has_no_pod_and_a_plan_that_says_so() {
    let plan = Scene::new("").pods([pod(1, RUNNING)]).then("suspend: true").plan();
    assert_eq!(plan.steps, [Step::Publish(PlanPhase::Suspended), delete(1)]);
    assert_eq!(plan.state, DeliveryState::Suspended);
    let again = Scene::new("suspend: true").pods([ending(pod(1, RUNNING), "2026-11-22T10:01:10Z")]).plan();
    assert_eq!(again.steps, [Step::Publish(PlanPhase::Suspended)], "it is being deleted already");
}

#[test]
fn a_resumed_delivery_has_its_time_recorded_before_anything_else_and_once() {
    let suspended = Scene::new("suspend: true").pods([pod(1, RUNNING)]).then("suspend: true");
    let resumed = suspended.pods([]).then("");
    let plan = resumed.plan();
    assert_eq!(plan.steps, [Step::RecordResume, ACCEPTED, Step::RecordAttempt, Step::CreatePod(2)]);
    assert_eq!(plan.facts.resumed_at, Some(resumed.now));
    let later = resumed.then("").pods([pod(2, RUNNING)]).now("2026-11-22T10:05:00Z").plan();
    assert_eq!(later.steps, [ACCEPTED]);
    assert_eq!(later.facts.resumed_at, Some(testing::at(testing::NOW)), "it stays as it was");
}

#[test]
fn the_end_comes_from_the_log_or_from_a_pod_that_succeeded() {
    for scene in [
        Scene::new("").pods([pod(1, RUNNING)]).state(218, StatePhase::Finished),
        Scene::new("").state(218, StatePhase::Finished),
        Scene::new("").pods([pod(1, SUCCEEDED)]).state(200, StatePhase::Running),
    ] {
        let plan = scene.plan();
        assert_eq!((plan.state, plan.steps), (DeliveryState::Finished, vec![]));
    }
}

#[test]
fn a_finished_delivery_stays_finished_without_pod_and_without_log() {
    let finished = Scene::new("").pods([pod(1, RUNNING)]).state(218, StatePhase::Finished).then("suspend: true");
    let mut later = finished.pods([]).now("2026-11-23T10:00:00Z");
    later.state = None;
    later.log_read = false;
    let plan = later.plan();
    assert_eq!((plan.state, plan.steps), (DeliveryState::Finished, vec![]));
}

#[test]
fn a_delivery_that_its_simulator_gave_up_has_failed_and_its_pod_is_deleted() {
    let mut scene = Scene::new("").pods([pod(1, RUNNING)]).state(3, StatePhase::Failed);
    scene.state.as_mut().unwrap().reason = Some("UnknownModel".to_owned());
    let plan = scene.plan();
    assert_eq!(plan.steps, [delete(1)]);
    let DeliveryState::Failed { message } = &plan.state else { panic!("{:?}", plan.state) };
    assert!(message.contains("UnknownModel"));
    let mut later = scene.then("").pods([]);
    later.state = None;
    assert_eq!(later.plan().state, plan.state, "the message stays");
}

#[test]
fn a_delivery_is_deleted_when_its_time_after_the_end_is_over() {
    let ended = |now: &str| Scene::new("ttlSecondsAfterFinished: 60").state(218, StatePhase::Finished).now(now).plan();
    let early = ended("2026-11-22T10:01:45Z");
    assert_eq!(early.steps, []);
    assert_eq!(early.requeue_after, Some(Duration::from_millis(550)));
    assert_eq!(ended("2026-11-22T10:01:46Z").steps, [Step::DeleteDelivery]);
}

#[test]
fn the_operators_clock_alone_deletes_no_delivery() {
    let ended = Scene::new("ttlSecondsAfterFinished: 60").state(218, StatePhase::Finished);
    let mut suspended = Scene::new("suspend: true").then("suspend: true");
    let annotations = suspended.delivery.metadata.annotations.get_or_insert_default();
    annotations.insert("codedelivery.dev/request-id".to_owned(), "r-1".to_owned());
    for (scene, due, before, deletion) in [
        (ended, "2026-11-22T10:01:46Z", "2026-11-22T10:01:44.5Z", Step::DeleteDelivery),
        (suspended, "2026-11-23T10:01:00Z", "2026-11-23T10:00:59Z", Step::EndSuspended),
    ] {
        let agreed = |agreed: Option<&str>| {
            let mut observed = scene.observed();
            (observed.now, observed.agreed) = (testing::at("2027-01-22T10:00:00Z"), agreed.map(testing::at));
            let plan = plan(&observed);
            (plan.steps.contains(&deletion), plan.requeue_after)
        };
        let minute = Duration::from_mins(1);
        assert_eq!(agreed(Some(due)), (true, None));
        assert_eq!(agreed(Some(before)), (false, Some(Duration::from_millis(1_050))));
        assert_eq!(agreed(Some("2026-11-22T08:00:00Z")), (false, Some(minute)), "a newer record may come any time");
        assert_eq!(agreed(None), (false, Some(minute)), "the log is not read yet");
    }
}

#[test]
fn nothing_is_done_for_a_delivery_that_is_being_deleted() {
    let mut scene = Scene::new("ttlSecondsAfterFinished: 0");
    scene.delivery.metadata.deletion_timestamp = Some(scene.delivery.metadata.creation_timestamp.clone().unwrap());
    assert_eq!((scene.plan().state, scene.plan().steps), (DeliveryState::Deleting, vec![]));
}

#[test]
fn without_the_log_nothing_is_started_and_nothing_is_revoked() {
    let mut scene = Scene::new("").now("2026-11-22T10:00:03Z");
    scene.log_read = false;
    let soon = scene.plan();
    assert_eq!((soon.state, soon.requeue_after), (DeliveryState::Undecided, Some(Duration::from_millis(7_050))));
    scene.now = testing::at(testing::NOW);
    assert_eq!(waiting(&scene.plan().state), "KafkaUnavailable");
    let mut known = Scene::new("").pods([pod(1, RUNNING)]).then("");
    known.log_read = false;
    assert_eq!((known.plan().state, known.plan().steps), (DeliveryState::Undecided, vec![]));
}

#[test]
fn a_delivery_that_waits_for_a_partition_says_so_unless_it_is_under_way_or_suspended() {
    let sentence = "Waiting for Kafka: partition 3 of the topic delivery.plan has not been read yet.";
    let unread = |mut scene: Scene| {
        (scene.log_read, scene.unread) = (false, Some(sentence.to_owned()));
        scene.plan()
    };
    let missing = || RouteView::Missing { name: "primeiro".to_owned() };
    for scene in [Scene::new(""), Scene::new("").route(missing()).then("")] {
        let plan = unread(scene);
        let DeliveryState::Waiting { reason, message } = plan.state else { panic!("it does not wait") };
        assert_eq!((reason, &*message, plan.steps), (Reason::KafkaUnavailable, sentence, vec![]));
    }
    for scene in [Scene::new("").pods([pod(1, RUNNING)]).then(""), Scene::new("suspend: true").then("suspend: true")] {
        assert_eq!(unread(scene).state, DeliveryState::Undecided);
    }
}

#[test]
fn a_suspended_delivery_ends_after_a_while_if_a_request_made_it() {
    let suspended = |requested: bool, now: &str| {
        let mut scene = Scene::new("suspend: true").then("suspend: true").now(now);
        if requested {
            let annotations = scene.delivery.metadata.annotations.get_or_insert_default();
            annotations.insert("codedelivery.dev/request-id".to_owned(), "r-1".to_owned());
        }
        scene
    };
    let published = Step::Publish(PlanPhase::Suspended);
    let early = suspended(true, "2026-11-23T10:00:59Z");
    assert_eq!(early.delivery.status.as_ref().unwrap().suspended_at.as_ref().unwrap().0, testing::at(testing::NOW));
    assert_eq!(
        (early.plan().steps, early.plan().requeue_after),
        (vec![published.clone()], Some(Duration::from_millis(1_050)))
    );
    let late = "2026-11-23T10:01:00Z";
    assert_eq!(suspended(true, late).plan().steps, [published.clone(), Step::EndSuspended]);
    assert_eq!(suspended(false, late).plan().steps, std::slice::from_ref(&published), "somebody has applied it");
    assert_eq!(suspended(false, late).plan().requeue_after, None);
    let mut off = suspended(true, late).observed();
    off.suspension = None;
    assert_eq!(plan(&off).steps, [published]);
    let resumed = suspended(true, "2026-11-22T12:00:00Z").then("").then("suspend: true");
    assert_eq!(resumed.delivery.status.unwrap().suspended_at, None, "the next time counts anew");
}
