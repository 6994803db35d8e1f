//! Events, within the API server's limits. Imports nothing of this crate.
//!
//! Which transition deserves one is left to the operator.

use k8s_openapi::api::core::v1::ObjectReference;
use kube::Client;
use kube_runtime::events::{Event, EventType, Recorder, Reporter};

/// The longest note that the API server accepts, in bytes.
const MAX_NOTE: usize = 1_024;

/// An Event; a note that is too long is cut.
#[must_use]
pub fn event(type_: EventType, reason: impl Into<String>, action: &str, note: &str) -> Event {
    let note = Some(truncate(note, MAX_NOTE).to_owned());
    Event { type_, reason: reason.into(), note, action: action.to_owned(), secondary: None }
}

/// The beginning of a text: as many whole characters as fit into `max_bytes`.
#[must_use]
pub fn truncate(text: &str, max_bytes: usize) -> &str {
    text.get(..text.floor_char_boundary(max_bytes)).unwrap_or(text)
}

/// Writes Events in the name of one operator; a clone is the same writer.
#[derive(Clone)]
pub struct Events(Recorder);

impl Events {
    /// For the operator of that name, in the pod that `POD_NAME` names.
    #[must_use]
    pub fn new(client: Client, controller: &str) -> Self {
        let reporter = Reporter { controller: controller.to_owned(), instance: std::env::var("POD_NAME").ok() };
        Self(Recorder::new(client, reporter))
    }

    /// Writes an Event about an object. A failure is only logged: no decision depends on an Event.
    pub async fn publish(&self, event: &Event, object: &ObjectReference) {
        if let Err(error) = self.0.publish(event, object).await {
            let ObjectReference { kind, namespace, name, .. } = object;
            tracing::warn!(kind, namespace, name, reason = event.reason, %error, "Cannot write an Event.");
        }
    }
}

#[cfg(test)]
#[path = "tests/events.rs"]
mod tests;
