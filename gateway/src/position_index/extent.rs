//! What there is to ask for: `GET /history`.
//!
//! Pure.

use delivery_messages::Millis;
use serde::Serialize;
use serde_json::{Value, json};

use super::body::all;
use super::found::Found;
use super::whose::Whose;
use crate::model::scope::Scope;

/// The question; it has no parameters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Extent {
    /// Whose deliveries are meant.
    pub whose: Whose,
}

/// The answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Answer {
    positions: u64,
    deliveries: u64,
    oldest: Option<Millis>,
    newest: Option<Millis>,
}

impl Extent {
    /// The question of a scope.
    #[must_use]
    pub fn of(scope: &Scope) -> Self {
        Self { whose: Whose::of_scope(scope) }
    }

    /// The search among positions.
    #[must_use]
    pub fn positions(&self, ids: Option<&[String]>) -> Value {
        json!({
            "size": 0,
            "track_total_hits": true,
            "query": all(&self.whose.of_positions(ids)),
            "aggs": {"oldest": {"min": {"field": "at"}}, "newest": {"max": {"field": "at"}}},
        })
    }

    /// The search among plans.
    #[must_use]
    pub fn plans(&self) -> Value {
        json!({"size": 0, "track_total_hits": true, "query": all(&self.whose.of_plans())})
    }
}

/// The answer, of what was found.
#[must_use]
pub fn answer(positions: &Found, plans: &Found) -> Answer {
    let time = |name| positions.number(name).map(millis);
    Answer { positions: positions.total, deliveries: plans.total, oldest: time("oldest"), newest: time("newest") }
}

/// A time that Elasticsearch gives as a number with a fraction.
#[must_use]
#[expect(clippy::cast_possible_truncation, reason = "milliseconds of this millennium fit 53 bits")]
pub fn millis(number: f64) -> Millis {
    number as Millis
}

#[cfg(test)]
#[path = "tests/extent.rs"]
mod tests;
