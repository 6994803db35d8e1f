//! The status of a connector, compared with the shape in which Strimzi writes it.
#![allow(clippy::indexing_slicing, clippy::unwrap_used, reason = "tests")]

mod common;

use common::{NOW, actual, annotated, at, connector, report};
use delivery_connector_operator::connect::rest::RestError;
use delivery_connector_operator::plan::problem::Problem;
use delivery_connector_operator::status::conditions::{Outcome, status};
use delivery_connector_operator::status::report::transition;
use delivery_connector_operator::strimzi::connector::{ConnectorStatus, KafkaConnector};
use delivery_http_client::HttpError;
use serde_json::{Value, json};

const LATER: &str = "2026-11-22T11:00:00Z";

fn unreachable() -> Problem {
    let source = HttpError::Unreachable("Connection refused (os error 111)".to_owned());
    RestError::Unreachable { url: "http://connect:8083".to_owned(), source }.into()
}

fn parsed(status: &Value) -> ConnectorStatus {
    serde_json::from_value(status.clone()).unwrap()
}

#[test]
fn a_connector_that_runs_is_ready() {
    let connector = connector("", "");
    let (status, _) = report(&connector, actual(&connector, "RUNNING", &["RUNNING"]), NOW);
    assert_eq!(
        status,
        json!({
            "conditions": [{ "type": "Ready", "status": "True", "lastTransitionTime": NOW }],
            "observedGeneration": 3,
            "connectorStatus": {
                "name": "lines",
                "type": "source",
                "connector": { "state": "RUNNING", "worker_id": "10.0.0.1:8083", "version": "4.1.1" },
                "tasks": [{ "id": 0, "state": "RUNNING", "worker_id": "10.0.0.1:8083", "version": "4.1.1" }],
            },
            "tasksMax": 1,
            "topics": ["lines"],
        })
    );
}

#[test]
fn a_connector_that_is_paused_or_stopped_as_desired_is_ready_too() {
    for (spec, state) in [("state: paused", "PAUSED"), ("state: stopped", "STOPPED")] {
        let connector = connector("", spec);
        let (status, _) = report(&connector, actual(&connector, state, &[]), NOW);
        assert_eq!(status["conditions"][0]["type"], "Ready");
        assert_eq!(status["connectorStatus"]["connector"]["state"], state);
    }
}

#[test]
fn a_failed_task_is_not_ready_and_the_message_says_why_and_what_to_do() {
    let connector = connector("", "");
    let (status, _) = report(&connector, actual(&connector, "RUNNING", &["RUNNING", "FAILED", "FAILED"]), NOW);
    let conditions = status["conditions"].as_array().unwrap();
    assert_eq!(conditions.len(), 1, "Ready is absent, never False");
    assert_eq!((&conditions[0]["type"], &conditions[0]["status"]), (&json!("NotReady"), &json!("True")));
    assert_eq!(conditions[0]["reason"], "Throwable");
    let message = conditions[0]["message"].as_str().unwrap();
    for part in ["tasks", "lines", "1, 2", "disk full", "strimzi.io/restart=includeTasks,onlyFailed", "autoRestart"] {
        assert!(message.contains(part), "{part}: {message}");
    }
    assert_eq!(status["connectorStatus"]["tasks"][1]["state"], "FAILED");
}

#[test]
fn restarts_are_counted_in_the_status_until_the_maximum() {
    let mut connector = connector("", "autoRestart: { enabled: true, maxRestarts: 1 }");
    let failed = actual(&connector, "FAILED", &[]);
    let (first, after) = report(&connector, failed.clone(), NOW);
    assert_eq!(first["autoRestart"], json!({ "count": 1, "lastRestartTimestamp": NOW }));
    assert!(
        first["conditions"][0]["message"].as_str().unwrap().contains("Restarts so far: 1; it will be restarted again")
    );
    connector = after;
    let (second, _) = report(&connector, failed, LATER);
    assert_eq!(second["autoRestart"]["count"], 1);
    let message = second["conditions"][0]["message"].as_str().unwrap();
    assert!(message.contains("maxRestarts") && message.contains("strimzi.io/restart=true"), "{message}");
}

#[test]
fn an_unreachable_connect_is_not_ready_and_the_count_of_restarts_is_kept() {
    let connector = connector("", "autoRestart: { enabled: true }");
    let (_, connector) = report(&connector, actual(&connector, "FAILED", &[]), NOW);
    let gone = serde_json::to_value(status(&connector, &Outcome::Failed(unreachable()), at(LATER))).unwrap();
    let condition = &gone["conditions"][0];
    assert_eq!((&condition["type"], &condition["reason"]), (&json!("NotReady"), &json!("ConnectException")));
    assert!(
        condition["message"].as_str().unwrap().contains("http://connect:8083 cannot be reached: Connection refused")
    );
    assert_eq!((&gone["connectorStatus"], &gone["topics"]), (&Value::Null, &Value::Null), "nothing is known");
    assert_eq!((&gone["tasksMax"], &gone["observedGeneration"]), (&json!(1), &json!(3)));
    assert_eq!(gone["autoRestart"]["count"], 1);
}

#[test]
fn a_paused_reconciliation_reports_only_that() {
    let paused = |mut connector: KafkaConnector, before| {
        connector.status = before;
        serde_json::to_value(status(&connector, &Outcome::Paused, at(NOW))).unwrap()
    };
    let connector = annotated("strimzi.io/pause-reconciliation", "true");
    let condition = json!([{ "type": "ReconciliationPaused", "status": "True", "lastTransitionTime": NOW }]);
    assert_eq!(paused(connector.clone(), None), json!({ "conditions": condition, "observedGeneration": 0 }));
    let before = ConnectorStatus { observed_generation: Some(2), tasks_max: Some(1), ..ConnectorStatus::default() };
    assert_eq!(paused(connector, Some(before)), json!({ "conditions": condition, "observedGeneration": 2 }));
}

#[test]
fn a_transition_time_changes_only_with_its_condition() {
    let connector = connector("", "");
    let (first, connector) = report(&connector, actual(&connector, "RUNNING", &["RUNNING"]), NOW);
    let (second, connector) = report(&connector, actual(&connector, "RUNNING", &["RUNNING"]), LATER);
    assert_eq!(first, second, "so that it is not written again");
    let (third, _) = report(&connector, actual(&connector, "RUNNING", &["FAILED"]), LATER);
    assert_eq!(third["conditions"][0]["lastTransitionTime"], LATER);
}

#[test]
fn a_warning_comes_beside_ready() {
    let connector = connector("", "").clone();
    let mut warned = connector;
    warned.spec.config.as_mut().unwrap().insert("tasks.max".to_owned(), json!(9));
    let (status, _) = report(&warned, actual(&warned, "RUNNING", &["RUNNING"]), NOW);
    assert_eq!(status["conditions"][0]["type"], "Ready");
    assert_eq!(
        (&status["conditions"][1]["type"], &status["conditions"][1]["status"]),
        (&json!("Warning"), &json!("True"))
    );
    assert!(status["conditions"][1]["message"].as_str().unwrap().contains("spec.tasksMax"));
}

#[test]
fn tasks_are_counted_when_the_object_has_no_maximum() {
    let mut connector = connector("", "");
    connector.spec.tasks_max = None;
    let (status, _) = report(&connector, actual(&connector, "RUNNING", &["RUNNING", "RUNNING"]), NOW);
    assert_eq!(status["tasksMax"], 2);
    let gone = status_of(&connector, unreachable());
    assert_eq!(gone.tasks_max, Some(0));
}

fn status_of(connector: &KafkaConnector, problem: Problem) -> ConnectorStatus {
    status(connector, &Outcome::Failed(problem), at(NOW))
}

#[test]
fn neither_secrets_nor_long_traces_get_into_the_status() {
    let mut connector = connector("", "");
    let config = connector.spec.config.as_mut().unwrap();
    config.insert("connection.url".to_owned(), json!("${file:/mnt/es:url}"));
    config.insert("connection.password".to_owned(), json!("hunter22"));
    let quoted = "Invalid value https://me:pass@es for configuration connection.url; hunter22";
    let mut failed = actual(&connector, "RUNNING", &["FAILED"]);
    failed.status.as_mut().unwrap()["tasks"][0]["trace"] = json!(format!("{quoted}\n{}", delivery_fuzz::megabyte()));
    let (shown, _) = report(&connector, failed, NOW);
    let refused = status_of(&connector, RestError::Refused { status: 400, message: quoted.to_owned() }.into());
    for text in [shown.to_string(), serde_json::to_string(&refused).unwrap()] {
        assert!(text.contains("[hidden] for configuration connection.url"), "{}", &text[..500.min(text.len())]);
        assert!(!text.contains("pass@es") && !text.contains("hunter22") && text.len() < 20_000);
    }
}

#[test]
fn however_many_tasks_fail_the_status_stays_small_and_says_what_it_leaves_out() {
    let connector = connector("", "");
    // Twenty of 2,000 tasks run; all traces are long and hold a line break every twenty bytes.
    let states: Vec<_> = (0..2_000).map(|task| if task % 100 == 0 { "RUNNING" } else { "FAILED" }).collect();
    let mut failed = actual(&connector, "FAILED", &states);
    let trace = format!("java.io.IOException: no space\n{}", "\tat a.b.Class(C.java)\n".repeat(2_000));
    for task in failed.status.as_mut().unwrap()["tasks"].as_array_mut().unwrap() {
        if task["state"] == "FAILED" {
            task["trace"] = json!(trace);
        }
    }
    failed.topics = (0..5_000).map(|topic| format!("topic-{topic}")).collect();
    let (shown, _) = report(&connector, failed.clone(), NOW);
    let reply = &shown["connectorStatus"];
    assert!(reply.to_string().len() <= 64 << 10, "{} bytes", reply.to_string().len());
    assert!(shown.to_string().len() < 80 << 10, "{} bytes", shown.to_string().len());
    assert!(reply["connector"]["trace"].as_str().unwrap().starts_with("java.lang.IllegalStateException"));
    let tasks = reply["tasks"].as_array().unwrap();
    assert_eq!((tasks.len(), &tasks[0]["id"], &tasks[99]["id"]), (100, &json!(1), &json!(101)), "those that failed");
    let traces = tasks.iter().filter(|task| task["trace"].is_string()).count();
    assert!((4..=8).contains(&traces), "{traces}");
    let warning = &shown["conditions"][1];
    assert_eq!(warning["reason"], "StatusShortened");
    assert_eq!(
        warning["message"],
        format!(
            "The status leaves out 1900 tasks, {} stack traces, 4800 topics of the connector lines; Kafka Connect has all of \
             them: GET /connectors/lines/status and /topics.",
            100 - traces
        )
    );
    failed.status.as_mut().unwrap()["connector"]["state"] = json!("RUNNING");
    let (shown, _) = report(&connector, failed, NOW);
    let message = shown["conditions"][0]["message"].as_str().unwrap();
    assert!(message.contains("have failed: 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 and 1970 more. Task 1: "), "{message}");
}

#[test]
fn each_change_that_a_person_should_see_is_one_event() {
    let connector = connector("", "");
    let ready = parsed(&report(&connector, actual(&connector, "RUNNING", &["RUNNING"]), NOW).0);
    let failed = parsed(&report(&connector, actual(&connector, "RUNNING", &["FAILED"]), NOW).0);
    let away = status_of(&connector, unreachable());
    let event = |old: &ConnectorStatus, new: &ConnectorStatus| transition(old, new).map(|event| event.reason);
    assert_eq!(event(&ConnectorStatus::default(), &ready).as_deref(), Some("Ready"));
    assert_eq!(event(&ready, &ready), None);
    assert_eq!(event(&ready, &failed).as_deref(), Some("Throwable"));
    assert_eq!(event(&failed, &away).as_deref(), Some("ConnectException"));
    assert_eq!(event(&away, &ready).as_deref(), Some("Ready"));
}
