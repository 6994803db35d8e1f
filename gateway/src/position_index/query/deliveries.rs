//! The deliveries created in a time range, the newest first: `GET /history/deliveries`.
//!
//! Pure. The next page starts after the page token `before`, which is opaque to clients.

use delivery_messages::Millis;
use serde::Serialize;
use serde_json::{Value, json};

use super::percentile::seconds;
use crate::model::delivery::Phase;
use crate::model::scope::Scope;
use crate::position_index::clauses::{all, by_delivery_ids, within};
use crate::position_index::documents::{self, Plan, State, Timeline};
use crate::position_index::parameters::{InvalidParameter, Parameters};
use crate::position_index::response::SearchResponse;
use crate::position_index::selection::{self, Selection};
use crate::position_index::time_range::{self, TimeRange};
use crate::position_index::titles::Titles;

/// The names of its parameters.
pub(crate) const PARAMETERS: &[&[&str]] = &[&["limit", "before"], time_range::PARAMETERS, selection::PARAMETERS];

/// Deliveries per page by default.
pub(crate) const LIMIT: usize = 50;
/// The maximum of `limit`.
pub(crate) const MAX: i64 = 200;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct DeliveriesQuery {
    time_range: TimeRange,
    selection: Selection,
    limit: usize,
    before: Option<(Millis, String)>,
}

/// The answer: a page of deliveries.
#[derive(Debug, Serialize)]
pub(crate) struct DeliveriesPage {
    deliveries: Vec<DeliveryEntry>,
    /// The value of `before` for the next page; null on the last.
    next: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct DeliveryEntry {
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

/// Reads the parameter `limit`.
///
/// # Errors
/// When it is invalid.
pub(crate) fn limit(parameters: &Parameters<'_>) -> Result<usize, InvalidParameter> {
    let limit = parameters.whole("limit", 1..=MAX, 50)?;
    Ok(limit.and_then(|limit| limit.try_into().ok()).unwrap_or(LIMIT))
}

impl DeliveriesQuery {
    /// Reads the query.
    ///
    /// # Errors
    /// When a parameter is invalid.
    pub(crate) fn read(parameters: &Parameters<'_>, scope: &Scope, now: Millis) -> Result<Self, InvalidParameter> {
        let before = parameters.raw("before").map(|text| {
            let place = text.split_once('.').and_then(|(time, id)| Some((time.parse().ok()?, id.to_owned())));
            let place = place.filter(|(_, id)| id.len() <= 512);
            place.ok_or(InvalidParameter::PageToken)
        });
        Ok(Self {
            time_range: TimeRange::read(parameters, now)?,
            selection: Selection::read(parameters, scope)?,
            limit: limit(parameters)?,
            before: before.transpose()?,
        })
    }

    /// The search among plans: one more than the page holds.
    #[must_use]
    pub(crate) fn plans(&self) -> Value {
        let mut filters = self.selection.plan_filters();
        filters.push(within("createdAt", self.time_range));
        let mut search = json!({
            "size": self.limit + 1,
            "track_total_hits": false,
            "_source": documents::PLAN_FIELDS,
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

    /// The plans of the page, and the next page's token.
    #[must_use]
    pub(crate) fn page(&self, found: SearchResponse<Plan>) -> (Vec<Plan>, Option<String>) {
        let mut plans = found.documents;
        let more = plans.len() > self.limit;
        plans.truncate(self.limit);
        let next = plans.last().filter(|_| more).map(|last| format!("{}.{}", last.created_at, last.delivery_id));
        (plans, next)
    }
}

/// The search for the states of these plans.
#[must_use]
pub(crate) fn states(plans: &[Plan]) -> Value {
    by_delivery_ids(plans.iter().map(|plan| &plan.delivery_id), documents::STATE_FIELDS)
}

/// The answer of a page and its states.
#[must_use]
pub(crate) fn answer(
    (plans, next): (Vec<Plan>, Option<String>),
    states: SearchResponse<State>,
    titles: &Titles,
) -> DeliveriesPage {
    let states = documents::by_delivery(states.documents);
    let deliveries = plans.into_iter().map(|plan| delivery(states.get(&plan.delivery_id), plan, titles)).collect();
    DeliveriesPage { deliveries, next }
}

fn delivery(state: Option<&State>, plan: Plan, titles: &Titles) -> DeliveryEntry {
    let Timeline { phase, start, end, duration, late } = Timeline::of(&plan, state);
    DeliveryEntry {
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
        duration_seconds: duration.map(seconds),
        late_seconds: late.map(seconds),
        positions: state.map_or(0, |state| state.seq.saturating_add(1).max(0)),
    }
}

#[cfg(test)]
#[path = "tests/deliveries.rs"]
mod tests;
