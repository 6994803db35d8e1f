//! What is said of a connector, held against the shape in which Strimzi writes it.
#![allow(clippy::unwrap_used, reason = "tests")]

mod common;

use common::{NOW, annotated, at, connector, say, seen};
use delivery_connector_operator::connector::ConnectorStatus;
use delivery_connector_operator::error::Problem;
use delivery_connector_operator::report::announcement;
use delivery_connector_operator::rest::RestError;
use delivery_connector_operator::status::{Verdict, status};
use delivery_http_client::HttpError;
use serde_json::{Value, json};

const LATER: &str = "2026-11-22T11:00:00Z";

fn away() -> Problem {
    let source = HttpError::Unreachable("Connection refused (os error 111)".to_owned());
    RestError::Away { url: "http://connect:8083".to_owned(), source }.into()
}

fn parsed(status: &Value) -> ConnectorStatus {
    serde_json::from_value(status.clone()).unwrap()
}

#[test]
fn a_connector_that_runs_is_ready() {
    let connector = connector("", "");
    let (status, _) = say(&connector, seen(&connector, "RUNNING", &["RUNNING"]), NOW);
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
fn one_that_is_paused_or_stopped_as_it_should_be_is_ready_as_well() {
    for (spec, state) in [("state: paused", "PAUSED"), ("state: stopped", "STOPPED")] {
        let connector = connector("", spec);
        let (status, _) = say(&connector, seen(&connector, state, &[]), NOW);
        assert_eq!(status["conditions"][0]["type"], "Ready");
        assert_eq!(status["connectorStatus"]["connector"]["state"], state);
    }
}

#[test]
fn a_failed_task_is_not_ready_and_the_message_tells_why_and_what_to_do() {
    let connector = connector("", "");
    let (status, _) = say(&connector, seen(&connector, "RUNNING", &["RUNNING", "FAILED", "FAILED"]), NOW);
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
fn restarts_are_counted_in_the_status_until_there_may_be_no_more() {
    let mut connector = connector("", "autoRestart: { enabled: true, maxRestarts: 1 }");
    let failed = seen(&connector, "FAILED", &[]);
    let (first, after) = say(&connector, failed.clone(), NOW);
    assert_eq!(first["autoRestart"], json!({ "count": 1, "lastRestartTimestamp": NOW }));
    assert!(
        first["conditions"][0]["message"].as_str().unwrap().contains("Restarted so far: 1; it will be restarted again")
    );
    connector = after;
    let (second, _) = say(&connector, failed, LATER);
    assert_eq!(second["autoRestart"]["count"], 1);
    let message = second["conditions"][0]["message"].as_str().unwrap();
    assert!(message.contains("maxRestarts") && message.contains("strimzi.io/restart=true"), "{message}");
}

#[test]
fn a_connect_that_is_away_is_not_ready_and_counts_go_on_where_they_were() {
    let connector = connector("", "autoRestart: { enabled: true }");
    let (_, connector) = say(&connector, seen(&connector, "FAILED", &[]), NOW);
    let gone = serde_json::to_value(status(&connector, &Verdict::Failed(away()), at(LATER))).unwrap();
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
fn a_paused_reconciliation_says_only_that() {
    let paused = |mut connector: delivery_connector_operator::connector::KafkaConnector, before| {
        connector.status = before;
        serde_json::to_value(status(&connector, &Verdict::Paused, at(NOW))).unwrap()
    };
    let connector = annotated("strimzi.io/pause-reconciliation", "true");
    let condition = json!([{ "type": "ReconciliationPaused", "status": "True", "lastTransitionTime": NOW }]);
    assert_eq!(paused(connector.clone(), None), json!({ "conditions": condition, "observedGeneration": 0 }));
    let before = ConnectorStatus { observed_generation: Some(2), tasks_max: Some(1), ..ConnectorStatus::default() };
    assert_eq!(paused(connector, Some(before)), json!({ "conditions": condition, "observedGeneration": 2 }));
}

#[test]
fn a_time_changes_only_with_what_it_is_the_time_of() {
    let connector = connector("", "");
    let (first, connector) = say(&connector, seen(&connector, "RUNNING", &["RUNNING"]), NOW);
    let (second, connector) = say(&connector, seen(&connector, "RUNNING", &["RUNNING"]), LATER);
    assert_eq!(first, second, "so that it is not written again");
    let (third, _) = say(&connector, seen(&connector, "RUNNING", &["FAILED"]), LATER);
    assert_eq!(third["conditions"][0]["lastTransitionTime"], LATER);
}

#[test]
fn a_warning_stands_beside_ready() {
    let connector = connector("", "").clone();
    let mut warned = connector;
    warned.spec.config.as_mut().unwrap().insert("tasks.max".to_owned(), json!(9));
    let (status, _) = say(&warned, seen(&warned, "RUNNING", &["RUNNING"]), NOW);
    assert_eq!(status["conditions"][0]["type"], "Ready");
    assert_eq!(
        (&status["conditions"][1]["type"], &status["conditions"][1]["status"]),
        (&json!("Warning"), &json!("True"))
    );
    assert!(status["conditions"][1]["message"].as_str().unwrap().contains("spec.tasksMax"));
}

#[test]
fn tasks_are_counted_when_the_object_does_not_say_how_many() {
    let mut connector = connector("", "");
    connector.spec.tasks_max = None;
    let (status, _) = say(&connector, seen(&connector, "RUNNING", &["RUNNING", "RUNNING"]), NOW);
    assert_eq!(status["tasksMax"], 2);
    let gone = status_of(&connector, away());
    assert_eq!(gone.tasks_max, Some(0));
}

fn status_of(connector: &delivery_connector_operator::connector::KafkaConnector, problem: Problem) -> ConnectorStatus {
    status(connector, &Verdict::Failed(problem), at(NOW))
}

#[test]
fn no_secret_and_no_endless_trace_gets_into_the_status() {
    let mut connector = connector("", "");
    let config = connector.spec.config.as_mut().unwrap();
    config.insert("connection.url".to_owned(), json!("${file:/mnt/es:url}"));
    config.insert("connection.password".to_owned(), json!("hunter22"));
    let quoted = "Invalid value https://me:pass@es for configuration connection.url; hunter22";
    let mut failed = seen(&connector, "RUNNING", &["FAILED"]);
    failed.status.as_mut().unwrap()["tasks"][0]["trace"] = json!(format!("{quoted}\n{}", "x".repeat(1 << 20)));
    let (said, _) = say(&connector, failed, NOW);
    let refused = status_of(&connector, RestError::Refused { status: 400, message: quoted.to_owned() }.into());
    for text in [said.to_string(), serde_json::to_string(&refused).unwrap()] {
        assert!(text.contains("[hidden] for configuration connection.url"), "{}", &text[..500.min(text.len())]);
        assert!(!text.contains("pass@es") && !text.contains("hunter22") && text.len() < 20_000);
    }
}

#[test]
fn each_change_that_a_person_should_see_is_one_event() {
    let connector = connector("", "");
    let ready = parsed(&say(&connector, seen(&connector, "RUNNING", &["RUNNING"]), NOW).0);
    let failed = parsed(&say(&connector, seen(&connector, "RUNNING", &["FAILED"]), NOW).0);
    let away = status_of(&connector, away());
    let event = |old: &ConnectorStatus, new: &ConnectorStatus| announcement(old, new).map(|event| event.reason);
    assert_eq!(event(&ConnectorStatus::default(), &ready).as_deref(), Some("Ready"));
    assert_eq!(event(&ready, &ready), None);
    assert_eq!(event(&ready, &failed).as_deref(), Some("Throwable"));
    assert_eq!(event(&failed, &away).as_deref(), Some("ConnectException"));
    assert_eq!(event(&away, &ready).as_deref(), Some("Ready"));
}
