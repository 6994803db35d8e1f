//! What there is to ask for: `GET /history`.
//!
//! Pure.

use super::body::all;
use super::found::Found;
use super::whose::Whose;
use crate::scope::Scope;
use delivery_messages::Millis;
use serde::Serialize;
use serde_json::{Value, json};

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
mod tests {
    use super::*;
    use crate::search::testing::found;

    #[test]
    fn what_there_is_is_told_and_an_empty_index_has_no_times() {
        let positions =
            found(7, &[], &json!({"oldest": {"value": 1.795_341_6e12}, "newest": {"value": 1_795_341_600_500_u64}}));
        let told = serde_json::to_value(answer(&positions, &found(2, &[], &json!({})))).unwrap();
        let expected =
            json!({"positions": 7, "deliveries": 2, "oldest": 1_795_341_600_000_u64, "newest": 1_795_341_600_500_u64});
        assert_eq!(told, expected);
        let nothing = serde_json::to_value(answer(&Found::default(), &Found::default())).unwrap();
        assert_eq!(nothing, json!({"positions": 0, "deliveries": 0, "oldest": null, "newest": null}));
    }
}
