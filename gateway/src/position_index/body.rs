//! The pieces that bodies of searches are made of.
//!
//! Pure. Values of clients are only ever JSON strings and numbers in fixed places, so none can become a part of a query. Only
//! what Elasticsearch 7 to 9 and `OpenSearch` 2 have in common is used.

use serde_json::{Value, json};

use super::span::Span;

/// All of these must hold; nothing is scored.
#[must_use]
pub fn all(filters: &[Value]) -> Value {
    json!({"bool": {"filter": filters}})
}

/// A field has this value.
#[must_use]
pub fn term(field: &str, value: &str) -> Value {
    json!({"term": {field: value}})
}

/// A field has one of these values; without any, none does.
#[must_use]
pub fn terms<'a>(field: &str, values: impl IntoIterator<Item = &'a String>) -> Value {
    json!({"terms": {field: values.into_iter().collect::<Vec<_>>()}})
}

/// A field's time is in a span.
#[must_use]
pub fn within(field: &str, span: Span) -> Value {
    json!({"range": {field: {"gte": span.since, "lt": span.until, "format": "epoch_millis"}}})
}

/// The documents of these deliveries, one for each.
#[must_use]
pub fn of_deliveries<'a>(ids: impl ExactSizeIterator<Item = &'a String>, fields: &[&str]) -> Value {
    json!({"size": ids.len(), "track_total_hits": false, "_source": fields, "query": all(&[terms("deliveryId", ids)])})
}
