//! The proxies of pods, as the kubelet reports them.

use super::*;
use crate::testing::{NOW, at, pod, pod_object};

/// The status of a pod whose native sidecar is as given, on its node since a time; its own container is as given as well.
fn status(proxy: &str, main: &str) -> String {
    format!(
        "phase: Pending, startTime: 2026-11-22T10:00:30Z,
         initContainerStatuses: [
           {{ name: istio-validation, state: {{ terminated: {{ exitCode: 0, finishedAt: 2026-11-22T10:00:31Z }} }}, ready: true, restartCount: 0, image: a, imageID: a }},
           {{ name: istio-proxy, {proxy}, image: a, imageID: a }}],
         containerStatuses: [{{ name: simulator, {main}, image: a, imageID: a }}]"
    )
}

const INITIALIZING: &str = "state: { waiting: { reason: PodInitializing } }, ready: false, restartCount: 0";
const WORKING: &str = "state: { running: { startedAt: 2026-11-22T10:00:35Z } }, ready: true, restartCount: 0";
const STARTED: &str =
    "state: { running: { startedAt: 2026-11-22T10:00:32Z } }, started: false, ready: false, restartCount: 0";

fn sidecar(proxy: &str, main: &str) -> Sidecar {
    pod(1, &status(proxy, main)).sidecar.unwrap()
}

#[test]
fn a_pod_without_a_proxy_has_no_sidecar() {
    assert_eq!(pod(1, crate::testing::RUNNING).sidecar, None);
    assert_eq!(pod(1, crate::testing::PENDING).sidecar, None);
    assert_eq!(Sidecar::of(&Pod::default(), None), None);
    let other = "phase: Pending, initContainerStatuses: [{ name: logs, state: { waiting: { reason: CrashLoopBackOff } }, ready: false, restartCount: 9, image: a, imageID: a }]";
    assert_eq!(pod(1, other).sidecar, None, "another one's sidecar");
}

#[test]
fn a_proxy_that_is_ready_holds_nothing_up() {
    let ready = sidecar(
        "state: { running: { startedAt: 2026-11-22T10:00:32Z } }, started: true, ready: true, restartCount: 4",
        WORKING,
    );
    assert_eq!(ready, Sidecar::Ready, "however often it was restarted");
    assert!(!ready.holds_up(at("2026-11-23T10:00:00Z")));
    assert_eq!(ready.patience_ends(), None);
}

#[test]
fn a_proxy_that_does_not_become_ready_holds_the_pod_up_after_20_seconds() {
    let starting = sidecar(STARTED, INITIALIZING);
    assert_eq!(starting.patience_ends(), Some(at("2026-11-22T10:00:50Z")), "since the node took the pod on");
    assert!(!starting.holds_up(at("2026-11-22T10:00:49Z")));
    assert!(starting.holds_up(at("2026-11-22T10:00:50Z")));
    let message = starting.message("shop", "primeiro-1");
    assert!(
        message.starts_with("The sidecar container istio-proxy of the pod primeiro-1 is not ready; until"),
        "{message}"
    );
    assert!(message.contains("kubectl logs --namespace shop primeiro-1 --container istio-proxy"), "{message}");
}

#[test]
fn what_the_kubelet_says_of_a_proxy_that_cannot_start_is_said_at_once() {
    let unpulled = "state: { waiting: { reason: ImagePullBackOff, message: 'Back-off pulling image \"proxyv2:x\".' } }, ready: false, restartCount: 0";
    let unpulled = sidecar(unpulled, INITIALIZING);
    assert!(unpulled.holds_up(at("2026-11-22T10:00:31Z")));
    let message = unpulled.message("shop", "p");
    assert!(message.contains("is not ready: Back-off pulling image \"proxyv2:x\"; until"), "{message}");
    let crashing = |delay: &str| {
        let proxy = format!(
            "state: {{ waiting: {{ reason: CrashLoopBackOff, message: back-off {delay} restarting }} }}, ready: false, restartCount: 3"
        );
        sidecar(&proxy, INITIALIZING).message("shop", "p")
    };
    assert_eq!(crashing("10s"), crashing("20s"), "it does not change by itself");
    assert!(crashing("10s").contains("(restarted 3 times): it keeps crashing"), "{}", crashing("10s"));
}

#[test]
fn a_proxy_that_was_killed_is_nothing_to_tell_unless_it_does_not_recover() {
    let killed =
        "state: { terminated: { exitCode: 137, finishedAt: 2026-11-22T10:05:00Z } }, ready: false, restartCount: 0";
    let killed = sidecar(killed, WORKING);
    assert!(!killed.holds_up(at("2026-11-22T10:05:01Z")));
    assert!(killed.holds_up(at("2026-11-22T10:05:20Z")), "it stays away");
    let back = "state: { running: { startedAt: 2026-11-22T10:05:02Z } }, ready: false, restartCount: 1";
    let back = sidecar(back, WORKING);
    assert!(!back.holds_up(at("2026-11-22T10:05:10Z")), "it has just been started again");
    assert!(back.message("shop", "p").contains("(restarted once)"));
    let again = "state: { running: { startedAt: 2026-11-22T10:07:00Z } }, ready: false, restartCount: 3";
    assert!(sidecar(again, WORKING).holds_up(at("2026-11-22T10:07:01Z")), "for the third time, and not ready yet");
}

#[test]
fn what_prepares_the_pod_for_the_proxy_is_named_if_it_fails() {
    let unprepared = "phase: Pending, startTime: 2026-11-22T10:00:30Z, initContainerStatuses: [
        { name: istio-validation, state: { waiting: { reason: CrashLoopBackOff } }, ready: false, restartCount: 2, image: a, imageID: a },
        { name: istio-proxy, state: { waiting: { reason: PodInitializing } }, ready: false, restartCount: 0, image: a, imageID: a }]";
    let message = pod(1, unprepared).sidecar.unwrap().message("shop", "p");
    assert!(
        message.starts_with("The sidecar container istio-validation of the pod p is not ready (restarted 2 times)")
    );
}

#[test]
fn a_proxy_beside_the_containers_counts_as_well() {
    let older = "phase: Running, startTime: 2026-11-22T10:00:30Z, containerStatuses: [
        { name: simulator, state: { running: { startedAt: 2026-11-22T10:00:31Z } }, ready: true, restartCount: 0, image: a, imageID: a },
        { name: istio-proxy, state: { running: { startedAt: 2026-11-22T10:00:32Z } }, ready: false, restartCount: 0, image: a, imageID: a }]";
    let found = pod(1, older).sidecar.unwrap();
    assert_eq!(found.patience_ends(), Some(at("2026-11-22T10:00:52Z")));
}

#[test]
fn a_pod_has_ended_with_its_own_container_although_its_sidecar_still_runs() {
    let proxy = "state: { running: { startedAt: 2026-11-22T10:00:32Z } }, started: true, ready: true, restartCount: 0";
    let done =
        "state: { terminated: { exitCode: 0, finishedAt: 2026-11-22T10:00:50Z } }, ready: false, restartCount: 0";
    let ended = pod(1, &status(proxy, done).replace("phase: Pending", "phase: Running"));
    assert!(ended.has_ended());
    assert_eq!(ended.ended_at, Some(at("2026-11-22T10:00:50Z")));
}

#[test]
fn a_pod_that_is_on_no_node_yet_is_not_held_up_by_its_proxy() {
    let object = pod_object(
        1,
        "phase: Pending, initContainerStatuses: [{ name: istio-proxy, ready: false, restartCount: 0, image: a, imageID: a }]",
    );
    let found = Sidecar::of(&object, None).unwrap();
    assert!(!found.holds_up(at(NOW)) && found.patience_ends().is_none());
}
