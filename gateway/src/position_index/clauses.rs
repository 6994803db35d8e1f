//! The query clauses that search bodies are built from.
//!
//! Pure. Client input only ever becomes a JSON string or number in a fixed place, so it cannot inject a clause. Only what
//! Elasticsearch 7 to 9 and `OpenSearch` 2 have in common is used.

use serde_json::{Value, json};

use super::time_range::TimeRange;

/// All filters must match; nothing is scored.
#[must_use]
pub(crate) fn all(filters: &[Value]) -> Value {
    json!({"bool": {"filter": filters}})
}

/// The clause must not match.
#[must_use]
pub(crate) fn not(clause: &Value) -> Value {
    json!({"bool": {"must_not": [clause]}})
}

/// The field has this value.
#[must_use]
pub(crate) fn term(field: &str, value: &str) -> Value {
    json!({"term": {field: value}})
}

/// The field has one of these values; an empty list matches nothing.
#[must_use]
pub(crate) fn terms<'a>(field: &str, values: impl IntoIterator<Item = &'a String>) -> Value {
    json!({"terms": {field: values.into_iter().collect::<Vec<_>>()}})
}

/// The field's time is in the range.
#[must_use]
pub(crate) fn within(field: &str, range: TimeRange) -> Value {
    json!({"range": {field: {"gte": range.since, "lt": range.until, "format": "epoch_millis"}}})
}

/// The search body for the documents of these deliveries, one each.
#[must_use]
pub(crate) fn by_delivery_ids<'a>(ids: impl ExactSizeIterator<Item = &'a String>, fields: &[&str]) -> Value {
    json!({"size": ids.len(), "track_total_hits": false, "_source": fields, "query": all(&[terms("deliveryId", ids)])})
}
