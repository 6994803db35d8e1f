//! Judges the `KafkaConnectors` and their tasks, by what their operator writes into their status. Pure.

use kube::ResourceExt;
use kube::api::DynamicObject;
use serde_json::Value;

use crate::check::finding::Finding;

/// Our own sink, whose tasks put its index template in place and, should somebody remove or change it, back.
const OWN_SINK: &str = "dev.codedelivery.connect.ElasticsearchSinkConnector";

/// Judges the `KafkaConnectors` of the release; `None`: the kind is not served.
pub(crate) fn judge(connectors: Option<&[DynamicObject]>) -> Vec<Finding> {
    match connectors {
        None => vec![Finding::skipped("There are no connectors: the kind KafkaConnector of Strimzi is not served.")],
        Some([]) => vec![Finding::skipped("This release has no KafkaConnectors: connectors.enabled is off.")],
        Some(connectors) => connectors.iter().map(one).chain(connectors.iter().find_map(unseen_templates)).collect(),
    }
}

fn class(connector: &DynamicObject) -> &str {
    connector.data.pointer("/spec/class").and_then(Value::as_str).unwrap_or_default()
}

/// The sinks of others, which the chart supports, need index templates that somebody else has put in place.
fn unseen_templates(connector: &DynamicObject) -> Option<Finding> {
    let class = class(connector);
    (!class.is_empty() && class != OWN_SINK).then(|| {
        Finding::skipped(format!(
            "Whether Elasticsearch has the index templates was not checked: {class} does not manage them. docs/sink.md has the command that \
             puts them in place."
        ))
    })
}

fn one(connector: &DynamicObject) -> Finding {
    let (name, namespace) = (connector.name_any(), connector.namespace().unwrap_or_default());
    let look = format!("See kubectl describe kafkaconnector --namespace {namespace} {name}.");
    let message = |condition: &str| condition_of(connector, condition).map(|one| text(one, "message"));
    if message("ReconciliationPaused").is_some() {
        let way_out = "Remove its annotation strimzi.io/pause-reconciliation.";
        return Finding::warning(format!("The KafkaConnector {name} is not reconciled: it is paused."), way_out);
    }
    if let Some(cause) = message("NotReady") {
        let cause = cause.trim_end_matches('.');
        return Finding::wrong(format!("The KafkaConnector {name} is not ready: {cause}."), look);
    }
    if message("Ready").is_none() {
        return Finding::wrong(
            format!("The KafkaConnector {name} is not ready: no operator has reconciled it."),
            "Install Strimzi, or set the chart's connectorOperator.enabled=true and connectorOperator.clusters.",
        );
    }
    let status = connector.data.pointer("/status/connectorStatus").unwrap_or(&Value::Null);
    let state = status.pointer("/connector/state").and_then(Value::as_str).unwrap_or("UNKNOWN");
    if state != "RUNNING" {
        let message = format!("The KafkaConnector {name} is ready, but its connector is {state}.");
        return if state == "FAILED" { Finding::wrong(message, look) } else { Finding::warning(message, look) };
    }
    let tasks = status.get("tasks").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let failed: Vec<_> = tasks.iter().filter(|task| text(task, "state") == "FAILED").collect();
    if let Some(first) = failed.first() {
        let trace = text(first, "trace").lines().next().unwrap_or_default().trim_end_matches('.').to_owned();
        let (failed, all) = (failed.len(), tasks.len());
        return Finding::wrong(
            format!("{failed} of {all} tasks of the KafkaConnector {name} have failed: {trace}."),
            look,
        );
    }
    let running = tasks.iter().filter(|task| text(task, "state") == "RUNNING").count();
    if running == 0 || running < tasks.len() {
        let all = tasks.len();
        return Finding::warning(format!("{running} of {all} tasks of the KafkaConnector {name} are running."), look);
    }
    let index = connector.data.pointer("/spec/config/index").and_then(Value::as_str);
    let kept = index.filter(|_| class(connector) == OWN_SINK);
    let kept = kept.map(|index| format!(", and keep the index template {index} in place")).unwrap_or_default();
    Finding::right(format!("The KafkaConnector {name} is ready; all its tasks ({running}) are running{kept}."))
}

/// A condition that is true: Strimzi writes no others.
fn condition_of<'a>(connector: &'a DynamicObject, kind: &str) -> Option<&'a Value> {
    let conditions = connector.data.pointer("/status/conditions")?.as_array()?;
    conditions.iter().find(|one| text(one, "type") == kind && text(one, "status") == "True")
}

fn text<'a>(value: &'a Value, field: &str) -> &'a str {
    value.get(field).and_then(Value::as_str).unwrap_or_default()
}

#[cfg(test)]
#[path = "tests/connectors.rs"]
mod tests;
