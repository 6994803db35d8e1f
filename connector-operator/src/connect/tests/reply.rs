use serde_json::json;

use super::*;

#[test]
fn failures_are_given_with_their_root_cause() {
    let status = json!({
        "connector": { "state": "RUNNING" },
        "tasks": [
            { "id": 0, "state": "RUNNING" },
            { "id": 1, "state": "FAILED", "trace": "a.B: no\n\tat a.b.C\nCaused by: a.D: no\n\tat a.b.C\nCaused by: java.io.IOException: disk full\n\tat a.b.C\n" },
            { "id": 2, "state": "FAILED" },
        ],
    });
    let reply = StatusReply(&status);
    assert_eq!(
        reply.failed_tasks(),
        [FailedTask { id: 1, cause: "java.io.IOException: disk full" }, FailedTask { id: 2, cause: "no reason given" }]
    );
    assert!(reply.has_failed() && reply.failure().is_none() && !reply.is_transitional());
    let status = json!({ "connector": { "state": "FAILED", "trace": "a.B: no" }, "tasks": [] });
    assert_eq!(StatusReply(&status).failure(), Some("a.B: no"));
}

#[test]
fn every_state_of_connect_is_known() {
    for (text, state) in [
        ("RUNNING", State::Running),
        ("PAUSED", State::Paused),
        ("STOPPED", State::Stopped),
        ("FAILED", State::Failed),
        ("UNASSIGNED", State::Unassigned),
        ("RESTARTING", State::Restarting),
        ("MELTING", State::Unknown),
    ] {
        assert_eq!(StatusReply(&json!({ "connector": { "state": text } })).state(), state);
    }
}

#[test]
fn a_reply_of_another_shape_reads_as_nothing() {
    for status in [json!(null), json!([]), json!({ "connector": 1, "tasks": {} })] {
        let reply = StatusReply(&status);
        assert_eq!(
            (reply.state(), reply.task_count(), reply.has_failed(), reply.is_transitional()),
            (State::Unknown, 0, false, false)
        );
    }
}

#[test]
fn the_workers_are_those_of_the_tasks_that_run_each_once() {
    let task = |state: &str, worker: &str| json!({ "state": state, "worker_id": worker });
    let tasks =
        [task("RUNNING", "b:8083"), task("FAILED", "c:8083"), task("RUNNING", "a:8083"), task("RUNNING", "b:8083")];
    let status = json!({ "connector": { "state": "RUNNING", "worker_id": "d:8083" }, "tasks": tasks });
    assert_eq!(StatusReply(&status).workers().into_iter().collect::<Vec<_>>(), ["a:8083", "b:8083"]);
    assert!(StatusReply(&json!({})).workers().is_empty());
}

#[test]
fn a_plugin_says_what_it_waits_for_in_a_value_of_its_validation() {
    let of = |value: serde_json::Value| json!({ "configs": [{ "value": { "name": "name", "value": "a" } }, { "value": value }] });
    let said = of(json!({ "name": "status.waiting", "value": "The index is closed." }));
    assert_eq!(waiting(&said), Some("The index is closed."));
    let nothing = [
        of(json!({ "name": "status.waiting", "value": "  " })),
        of(json!({ "name": "status.waiting", "value": null })),
        of(json!({ "name": "other", "value": "The index is closed." })),
        json!({ "configs": "none" }),
        json!([]),
    ];
    assert!(nothing.iter().all(|validation| waiting(validation).is_none()));
}
