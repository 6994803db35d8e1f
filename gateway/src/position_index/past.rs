//! The deliveries that were ordered in some time, the newest first: `GET /history/deliveries`.
//!
//! Pure. A page goes on from the place that `before` names, which is opaque to clients.

use delivery_messages::Millis;
use serde::Serialize;
use serde_json::{Value, json};

use super::body::{all, of_deliveries, within};
use super::document::{self, Course, Plan, State};
use super::found::Found;
use super::parameters::{Invalid, Parameters};
use super::quantile::seconds;
use super::span::{self, Span};
use super::titles::Titles;
use super::whose::{self, Whose};
use crate::model::delivery::Phase;
use crate::model::scope::Scope;

/// The names of its parameters.
pub const PARAMETERS: &[&[&str]] = &[&["limit", "before"], span::PARAMETERS, whose::PARAMETERS];

/// How many deliveries a page has when nothing is said.
pub const LIMIT: usize = 50;
/// The most that a page has.
pub const MOST: i64 = 200;

/// The question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Past {
    span: Span,
    whose: Whose,
    limit: usize,
    before: Option<(Millis, String)>,
}

/// The answer.
#[derive(Debug, Serialize)]
pub struct Answer {
    deliveries: Vec<Told>,
    /// What to give as `before` for the next page; null on the last.
    next: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Told {
    delivery_id: String,
    name: String,
    namespace: String,
    title: String,
    route_id: String,
    courier: String,
    vehicle: String,
    phase: Phase,
    created_at: Millis,
    start: Option<Millis>,
    end: Option<Millis>,
    duration_seconds: Option<f64>,
    late_seconds: Option<f64>,
    positions: i64,
}

/// Reads how many of the newest are asked for.
///
/// # Errors
/// When it is no such number.
pub fn limit(parameters: &Parameters<'_>) -> Result<usize, Invalid> {
    let limit = parameters.whole("limit", 1..=MOST, 50)?;
    Ok(limit.and_then(|limit| limit.try_into().ok()).unwrap_or(LIMIT))
}

impl Past {
    /// Reads the question.
    ///
    /// # Errors
    /// When a parameter is none.
    pub fn read(parameters: &Parameters<'_>, scope: &Scope, now: Millis) -> Result<Self, Invalid> {
        let before = parameters.raw("before").map(|text| {
            let place = text.split_once('.').and_then(|(time, id)| Some((time.parse().ok()?, id.to_owned())));
            let place = place.filter(|(_, id)| id.len() <= 512);
            place.ok_or_else(|| Invalid("The parameter before is not what an earlier page gave as next.".to_owned()))
        });
        Ok(Self {
            span: Span::read(parameters, now)?,
            whose: Whose::read(parameters, scope)?,
            limit: limit(parameters)?,
            before: before.transpose()?,
        })
    }

    /// The search among plans: one more than the page has.
    #[must_use]
    pub fn plans(&self) -> Value {
        let mut filters = self.whose.of_plans();
        filters.push(within("createdAt", self.span));
        let mut search = json!({
            "size": self.limit + 1,
            "track_total_hits": false,
            "_source": document::PLAN_FIELDS,
            "sort": [
                {"createdAt": {"order": "desc", "unmapped_type": "date"}},
                {"deliveryId": {"order": "desc", "unmapped_type": "keyword"}},
            ],
            "query": all(&filters),
        });
        if let (Some(before), Some(search)) = (&self.before, search.as_object_mut()) {
            search.insert("search_after".to_owned(), json!([before.0, before.1]));
        }
        search
    }

    /// The plans of the page, and the place to go on from.
    #[must_use]
    pub fn page(&self, found: Found<Plan>) -> (Vec<Plan>, Option<String>) {
        let mut plans = found.documents;
        let more = plans.len() > self.limit;
        plans.truncate(self.limit);
        let next = plans.last().filter(|_| more).map(|last| format!("{}.{}", last.created_at, last.delivery_id));
        (plans, next)
    }
}

/// The search for the states of these plans.
#[must_use]
pub fn states(plans: &[Plan]) -> Value {
    of_deliveries(plans.iter().map(|plan| &plan.delivery_id), document::STATE_FIELDS)
}

/// The answer, of a page and its states.
#[must_use]
pub fn answer((plans, next): (Vec<Plan>, Option<String>), states: Found<State>, titles: &Titles) -> Answer {
    let states = document::by_delivery(states.documents);
    let deliveries = plans.into_iter().map(|plan| delivery(states.get(&plan.delivery_id), plan, titles)).collect();
    Answer { deliveries, next }
}

fn delivery(state: Option<&State>, plan: Plan, titles: &Titles) -> Told {
    let Course { phase, start, end, took, late } = Course::of(&plan, state);
    Told {
        title: titles.of_revision(&plan.route, &plan.route_id),
        delivery_id: plan.delivery_id,
        name: plan.name,
        namespace: plan.namespace,
        route_id: plan.route_id,
        courier: plan.courier,
        vehicle: plan.vehicle,
        phase,
        created_at: plan.created_at,
        start,
        end,
        duration_seconds: took.map(seconds),
        late_seconds: late.map(seconds),
        positions: state.map_or(0, |state| state.seq.saturating_add(1).max(0)),
    }
}

#[cfg(test)]
#[path = "tests/past.rs"]
mod tests;
