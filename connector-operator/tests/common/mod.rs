//! Fixtures as a user would write them, an API server and a Kafka Connect that record the requests they get.
#![allow(
    dead_code,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    clippy::panic,
    reason = "each test file uses some of them"
)]

pub(crate) mod api;
pub(crate) mod connect;

use delivery_connector_operator::observe::actual::Actual;
use delivery_connector_operator::plan::decide::{self, Observed, Plan};
use delivery_connector_operator::plan::desired::{Desired, desired};
use delivery_connector_operator::plan::problem::Problem;
use delivery_connector_operator::status::conditions::{Outcome, status};
use delivery_connector_operator::strimzi::connector::KafkaConnector;
use jiff::Timestamp;
use serde_json::{Value, json};

pub(crate) const NOW: &str = "2026-11-22T10:00:00Z";
pub(crate) const SOURCE: &str = "shop/code-delivery";

pub(crate) fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// A `KafkaConnector` as the API server has it, with more lines of metadata and spec.
pub(crate) fn connector(metadata: &str, spec: &str) -> KafkaConnector {
    let cluster = if metadata.contains("labels:") { "" } else { "labels: { strimzi.io/cluster: connect }," };
    serde_yaml::from_str(&format!(
        "
apiVersion: kafka.strimzi.io/v1
kind: KafkaConnector
metadata:
  {{ name: lines, namespace: shop, uid: 0-1, generation: 3, resourceVersion: '100', {cluster} {metadata} }}
spec: {{ class: FileStreamSource, tasksMax: 1, config: {{ file: /tmp/in, topic: lines }}, {spec} }}
"
    ))
    .unwrap()
}

/// An annotation, for [`connector`].
pub(crate) fn annotated(name: &str, value: &str) -> KafkaConnector {
    connector(&format!("annotations: {{ {name}: '{value}' }}"), "")
}

pub(crate) fn wanted(connector: &KafkaConnector) -> Desired {
    desired(connector, SOURCE).unwrap()
}

/// The status reply of Connect for a connector in that state with tasks in those.
pub(crate) fn reply(state: &str, tasks: &[&str]) -> Value {
    let task = |(id, state): (usize, &&str)| {
        let mut task = json!({ "id": id, "state": state, "worker_id": "10.0.0.1:8083", "version": "4.1.1" });
        if *state == "FAILED" {
            task["trace"] =
                json!("org.apache.kafka.connect.errors.ConnectException: disk full\n\tat a.b.C(C.java:1)\n");
        }
        task
    };
    let mut connector = json!({ "state": state, "worker_id": "10.0.0.1:8083", "version": "4.1.1" });
    if state == "FAILED" {
        connector["trace"] = json!("java.lang.IllegalStateException: no file\n\tat a.b.C(C.java:1)\n");
    }
    let tasks: Vec<_> = tasks.iter().enumerate().map(task).collect();
    json!({ "name": "lines", "connector": connector, "tasks": tasks, "type": "source" })
}

/// A connector in Connect that has the desired options.
pub(crate) fn actual(connector: &KafkaConnector, state: &str, tasks: &[&str]) -> Actual {
    Actual {
        options: Some(wanted(connector).options),
        status: Some(reply(state, tasks)),
        topics: vec!["lines".to_owned()],
        waiting: None,
    }
}

/// The plan for it.
pub(crate) fn decide(connector: &KafkaConnector, actual: &Actual, now: &str) -> Result<Plan, Problem> {
    let desired = wanted(connector);
    decide::decide(&Observed { connector, desired: &desired, cluster: "connect", actual, now: at(now) })
}

/// The status that follows a decision, as JSON, and the object with it.
pub(crate) fn report(connector: &KafkaConnector, actual: Actual, now: &str) -> (Value, KafkaConnector) {
    let plan = decide(connector, &actual, now).unwrap();
    let outcome = Outcome::InSync { actual, warnings: plan.warnings, restarts: plan.restarts };
    let status = status(connector, &outcome, at(now));
    let mut after = connector.clone();
    after.status = Some(status.clone());
    (serde_json::to_value(status).unwrap(), after)
}
