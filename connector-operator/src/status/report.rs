//! Writes the status when it differs, and an Event for each transition that a person should see.

use std::collections::HashSet;
use std::sync::Mutex;

use delivery_controller::error::ApiError;
use delivery_controller::events::{Events, event};
use delivery_controller::status::Write;
use delivery_observability::locks::lock;
use kube::api::PostParams;
use kube::{Api, Client, Resource, ResourceExt};
use kube_runtime::events::{Event, EventType};

use crate::metrics::Metrics;
use crate::strimzi::connector::{Condition, ConnectorStatus, KafkaConnector, NOT_READY, PAUSED, READY};

/// The action that the Events name.
const ACTION: &str = "Reconcile";

/// Writes a status if it differs. Returns whether the object has changed meanwhile, so that it must be looked at again.
///
/// # Errors
/// When the API server refuses it.
pub async fn write(
    client: &Client,
    events: &Events,
    metrics: &Metrics,
    connector: &KafkaConnector,
    new: ConnectorStatus,
) -> Result<bool, ApiError> {
    let old = connector.status.clone().unwrap_or_default();
    if old == new {
        return Ok(false);
    }
    let api: Api<KafkaConnector> = Api::namespaced(client.clone(), &connector.namespace().unwrap_or_default());
    let name = connector.name_any();
    // The whole status is replaced, as Strimzi does, so that nothing of another writer stays; the resource version guards it.
    let mut written = connector.clone();
    written.metadata.managed_fields = None;
    written.status = Some(new);
    match Write::from_answer(api.replace_status(&name, &PostParams::default(), &written).await)? {
        Write::Done(_) => {}
        Write::Gone => return Ok(false),
        Write::Conflict => return Ok(true),
    }
    metrics.status_written();
    if let Some(event) = written.status.as_ref().and_then(|new| transition(&old, new)) {
        let (namespace, reason, note) = (connector.namespace(), &event.reason, &event.note);
        tracing::info!(namespace, connector = name, reason, note, "Status changed.");
        events.publish(&event, &connector.object_ref(&())).await;
    }
    Ok(false)
}

/// The objects that are left to Strimzi, by uid: each is announced once.
#[derive(Debug, Default)]
pub struct LeftToStrimzi(Mutex<HashSet<String>>);

impl LeftToStrimzi {
    /// Announces once that Strimzi's cluster operator manages the object. The status stays as it is: it is Strimzi's then.
    pub async fn announce(&self, events: &Events, connector: &KafkaConnector, cluster: &str) {
        let uid = connector.uid().unwrap_or_default();
        if !lock(&self.0).insert(uid) {
            return;
        }
        let (namespace, name) = (connector.namespace().unwrap_or_default(), connector.name_any());
        let note = format!(
            "The connector operator ignores the connector {name}: the namespace {namespace} has a KafkaConnect {cluster}, so Strimzi's cluster operator manages it. Run only one of the two: delete the KafkaConnect, or disable the connector operator."
        );
        tracing::warn!(namespace, connector = name, cluster, "{note}");
        let event = event(EventType::Warning, "LeftToStrimzi", ACTION, &note);
        events.publish(&event, &connector.object_ref(&())).await;
    }

    /// Forgets an object that Strimzi does not manage any more.
    pub fn remove(&self, connector: &KafkaConnector) {
        lock(&self.0).remove(&connector.uid().unwrap_or_default());
    }

    /// Forgets the objects that do not exist any more.
    pub fn retain(&self, exists: impl Fn(&str) -> bool) {
        lock(&self.0).retain(|uid| exists(uid));
    }
}

/// The Event of a transition: when the main condition has another type or reason than before.
#[must_use]
pub fn transition(old: &ConnectorStatus, new: &ConnectorStatus) -> Option<Event> {
    let now = main_condition(new)?;
    if main_condition(old).is_some_and(|before| (&before.type_, &before.reason) == (&now.type_, &now.reason)) {
        return None;
    }
    let (type_, reason) = match now.type_.as_str() {
        NOT_READY => (EventType::Warning, now.reason.clone().unwrap_or_else(|| NOT_READY.to_owned())),
        other => (EventType::Normal, other.to_owned()),
    };
    let note = now.message.as_deref().unwrap_or(match now.type_.as_str() {
        READY => "The connector in Kafka Connect matches its object.",
        _ => "Paused until the annotation strimzi.io/pause-reconciliation is removed.",
    });
    Some(event(type_, reason, ACTION, note))
}

/// The condition that matters most.
fn main_condition(status: &ConnectorStatus) -> Option<&Condition> {
    [READY, NOT_READY, PAUSED].into_iter().find_map(|kind| status.condition(kind))
}
