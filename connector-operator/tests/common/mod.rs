//! Fixtures as a user would write them, an API server and a Kafka Connect that remember what they were asked.
#![allow(dead_code, clippy::unwrap_used, clippy::panic, reason = "each test file uses some of them")]

pub mod api;
pub mod connect;

use delivery_connector_operator::connector::KafkaConnector;
use delivery_connector_operator::desired::{Desired, desired};
use delivery_connector_operator::plan::{Intent, Seen, World, plan};
use delivery_connector_operator::status::{Verdict, status};
use jiff::Timestamp;
use serde_json::{Value, json};

pub const NOW: &str = "2026-11-22T10:00:00Z";
pub const SOURCE: &str = "shop/code-delivery";

pub fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// A `KafkaConnector` as the API server has it, with more lines of metadata and spec.
pub fn connector(metadata: &str, spec: &str) -> KafkaConnector {
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
pub fn annotated(name: &str, value: &str) -> KafkaConnector {
    connector(&format!("annotations: {{ {name}: '{value}' }}"), "")
}

pub fn wanted(connector: &KafkaConnector) -> Desired {
    desired(connector, SOURCE).unwrap()
}

/// What Connect answers of a connector in that state with tasks in those.
pub fn told(state: &str, tasks: &[&str]) -> Value {
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

/// What is seen of a connector that has the options that it should have.
pub fn seen(connector: &KafkaConnector, state: &str, tasks: &[&str]) -> Seen {
    Seen {
        options: Some(wanted(connector).options),
        status: Some(told(state, tasks)),
        topics: vec!["lines".to_owned()],
    }
}

/// What is decided about it.
pub fn decide(
    connector: &KafkaConnector,
    seen: &Seen,
    now: &str,
) -> Result<Intent, delivery_connector_operator::error::Problem> {
    let desired = wanted(connector);
    plan(&World { connector, desired: &desired, cluster: "connect", seen, now: at(now) })
}

/// The status that follows a decision, as JSON, and the object with it.
pub fn say(connector: &KafkaConnector, seen: Seen, now: &str) -> (Value, KafkaConnector) {
    let intent = decide(connector, &seen, now).unwrap();
    let verdict = Verdict::Served { seen, warnings: intent.warnings, restarts: intent.restarts };
    let status = status(connector, &verdict, at(now));
    let mut after = connector.clone();
    after.status = Some(status.clone());
    (serde_json::to_value(status).unwrap(), after)
}
