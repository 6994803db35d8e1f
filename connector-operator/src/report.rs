//! Says how it went: in the object's status, only when it differs, and by an Event for each change that a person should see.

use std::sync::PoisonError;

use delivery_controller::error::ApiError;
use delivery_controller::events::event;
use delivery_controller::status::Write;
use kube::api::PostParams;
use kube::{Api, Resource, ResourceExt};
use kube_runtime::events::{Event, EventType};

use crate::connector::{Condition, ConnectorStatus, KafkaConnector, NOT_READY, PAUSED, READY};
use crate::context::Context;

/// What the operator does when an Event is written.
const ACTION: &str = "Reconcile";

/// Writes a status if it differs. Tells whether somebody else has changed the object meanwhile, so that it must be looked at again.
///
/// # Errors
/// When the API server refuses it.
pub async fn report(context: &Context, connector: &KafkaConnector, new: ConnectorStatus) -> Result<bool, ApiError> {
    let old = connector.status.clone().unwrap_or_default();
    if old == new {
        return Ok(false);
    }
    let api: Api<KafkaConnector> = Api::namespaced(context.client.clone(), &connector.namespace().unwrap_or_default());
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
    context.metrics.status_written();
    if let Some(event) = written.status.as_ref().and_then(|new| announcement(&old, new)) {
        tracing::info!(
            namespace = connector.namespace(),
            connector = name,
            reason = event.reason,
            note = event.note,
            "The status has changed."
        );
        context.events.publish(&event, &connector.object_ref(&())).await;
    }
    Ok(false)
}

/// Says once that a Strimzi cluster operator is responsible, and nothing in the status: that is Strimzi's then.
pub async fn leave_to_strimzi(context: &Context, connector: &KafkaConnector, cluster: &str) {
    let uid = connector.uid().unwrap_or_default();
    if !context.left.lock().unwrap_or_else(PoisonError::into_inner).insert(uid) {
        return;
    }
    let (namespace, name) = (connector.namespace().unwrap_or_default(), connector.name_any());
    let note = format!(
        "The connector operator leaves the connector {name} alone: there is a KafkaConnect {cluster} in the namespace {namespace}, so Strimzi's cluster operator serves it. Run one of the two: delete the KafkaConnect, or turn the connector operator off."
    );
    tracing::warn!(namespace, connector = name, cluster, "{note}");
    let event = event(EventType::Warning, "LeftToStrimzi", ACTION, &note);
    context.events.publish(&event, &connector.object_ref(&())).await;
}

/// Forgets that it was left to Strimzi.
pub fn take_back(context: &Context, connector: &KafkaConnector) {
    context.left.lock().unwrap_or_else(PoisonError::into_inner).remove(&connector.uid().unwrap_or_default());
}

/// The Event of a change: when what the status chiefly says has another type or reason than before.
#[must_use]
pub fn announcement(old: &ConnectorStatus, new: &ConnectorStatus) -> Option<Event> {
    let now = chief(new)?;
    if chief(old).is_some_and(|before| (&before.type_, &before.reason) == (&now.type_, &now.reason)) {
        return None;
    }
    let (type_, reason) = match now.type_.as_str() {
        NOT_READY => (EventType::Warning, now.reason.clone().unwrap_or_else(|| NOT_READY.to_owned())),
        other => (EventType::Normal, other.to_owned()),
    };
    let note = now.message.as_deref().unwrap_or(match now.type_.as_str() {
        READY => "The connector is in Kafka Connect as its object says.",
        _ => "Nothing is done for it until the annotation strimzi.io/pause-reconciliation is gone.",
    });
    Some(event(type_, reason, ACTION, note))
}

/// The condition that matters most.
#[must_use]
pub fn chief(status: &ConnectorStatus) -> Option<&Condition> {
    [READY, NOT_READY, PAUSED].into_iter().find_map(|kind| status.condition(kind))
}
