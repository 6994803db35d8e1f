//! The W3C trace context of a delivery: that of its start request, else one derived from its uid. Pure.

use delivery_api::Delivery;
use delivery_api::names::TRACEPARENT_ANNOTATION;
use delivery_messages::TraceParent;
use kube::ResourceExt;

/// The trace context of a Delivery.
#[must_use]
pub(crate) fn of(delivery: &Delivery, uid: &str) -> String {
    let given = delivery.annotations().get(TRACEPARENT_ANNOTATION).filter(|text| is_valid(text));
    given.cloned().unwrap_or_else(|| derived(uid))
}

/// The trace context that follows from a delivery id, so that it need not be stored.
#[must_use]
pub(crate) fn derived(delivery_id: &str) -> String {
    TraceParent::derived(delivery_id).to_string()
}

/// The id of a trace, for the log.
#[must_use]
pub(crate) fn id(traceparent: &str) -> String {
    traceparent.parse::<TraceParent>().map_or_else(|_| String::new(), |parent| parent.trace_id())
}

/// Whether a text is a trace context of the first version.
#[must_use]
pub(crate) fn is_valid(text: &str) -> bool {
    TraceParent::is_valid(text)
}

#[cfg(test)]
#[path = "tests/trace.rs"]
mod tests;
