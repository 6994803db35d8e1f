//! What the position index covers: `GET /history`.
//!
//! Pure.

use delivery_messages::Millis;
use serde::Serialize;
use serde_json::{Value, json};

use crate::model::scope::Scope;
use crate::position_index::clauses::all;
use crate::position_index::response::SearchResponse;
use crate::position_index::selection::Selection;

/// The query; it takes no parameters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ExtentQuery {
    pub selection: Selection,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Extent {
    positions: u64,
    deliveries: u64,
    oldest: Option<Millis>,
    newest: Option<Millis>,
}

impl ExtentQuery {
    /// The query of a scope.
    #[must_use]
    pub(crate) fn of(scope: &Scope) -> Self {
        Self { selection: Selection::of_scope(scope) }
    }

    /// The search among positions.
    #[must_use]
    pub(crate) fn positions(&self, ids: Option<&[String]>) -> Value {
        json!({
            "size": 0,
            "track_total_hits": true,
            "query": all(&self.selection.position_filters(ids)),
            "aggs": {"oldest": {"min": {"field": "at"}}, "newest": {"max": {"field": "at"}}},
        })
    }

    /// The search among plans.
    #[must_use]
    pub(crate) fn plans(&self) -> Value {
        json!({"size": 0, "track_total_hits": true, "query": all(&self.selection.plan_filters())})
    }
}

/// The answer of the responses.
#[must_use]
pub(crate) fn answer(positions: &SearchResponse, plans: &SearchResponse) -> Extent {
    let time = |name| positions.number(name).map(millis);
    Extent { positions: positions.total, deliveries: plans.total, oldest: time("oldest"), newest: time("newest") }
}

/// A time that Elasticsearch returns as a floating-point number.
#[must_use]
#[expect(clippy::cast_possible_truncation, reason = "milliseconds of this millennium fit 53 bits")]
pub(crate) fn millis(number: f64) -> Millis {
    number as Millis
}

#[cfg(test)]
#[path = "tests/extent.rs"]
mod tests;
