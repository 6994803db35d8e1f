//! Documents and responses for the tests of the queries.

use std::sync::Arc;

use delivery_messages::StatePhase;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::documents::{Plan, State};
use super::parameters::Parameters;
use super::response::SearchResponse;
use super::titles::Titles;
use crate::state::catalogue::Catalogue;
use crate::testing::{self, NOW};

/// The document of a plan.
#[must_use]
pub(super) fn plan(id: &str) -> Plan {
    serde_json::from_value(serde_json::to_value(testing::plan(id)).unwrap()).unwrap()
}

/// The document of a state after `seq`, half a second a position.
#[must_use]
pub(super) fn state(id: &str, seq: i64, phase: StatePhase) -> State {
    State { delivery_id: id.to_owned(), phase, start: NOW, seq, at: NOW + seq.max(0) * 500 }
}

/// Reads parameters that are given as in a URL.
pub(super) fn with<T>(pairs: &[(&str, &str)], known: &[&[&str]], read: impl FnOnce(&Parameters<'_>) -> T) -> T {
    let given: Vec<_> = pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    read(&Parameters::read(&given, known).unwrap())
}

/// A response of Elasticsearch with these documents and aggregations.
#[must_use]
pub(super) fn found<T: DeserializeOwned>(total: u64, documents: &[Value], aggregations: &Value) -> SearchResponse<T> {
    let hits: Vec<_> = documents.iter().map(|document| json!({"_source": document})).collect();
    let answer =
        json!({"timed_out": false, "hits": {"total": {"value": total}, "hits": hits}, "aggregations": aggregations});
    SearchResponse::read(answer.to_string().as_bytes()).unwrap()
}

/// Titles of a catalogue with route 1, `Primeiro`.
#[must_use]
pub(super) fn titles() -> Titles {
    let mut catalogue = Catalogue::default();
    let route = testing::route("1", "Primeiro");
    catalogue.put(&route.key(), Arc::new(route));
    catalogue.settle();
    Titles(Arc::new(catalogue))
}
