//! The deliveries that passed near a point: `GET /history/near`.
//!
//! Pure. Two searches among positions: the first finds the deliveries that were there last; the second, restricted to
//! those, finds when, how often and how near they passed. So the first stays small, and the second is exact across all
//! indices.

use std::collections::HashMap;

use delivery_messages::{LngLat, Millis};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::deliveries;
use super::extent::millis;
use crate::model::delivery::Phase;
use crate::model::scope::Scope;
use crate::position_index::clauses::{all, by_delivery_ids, terms, within};
use crate::position_index::documents::{self, Plan, State, Timeline};
use crate::position_index::parameters::{InvalidParameter, Parameters};
use crate::position_index::response::{CountBucket, SearchResponse};
use crate::position_index::selection::{self, Selection};
use crate::position_index::time_range::{self, TimeRange};
use crate::position_index::titles::Titles;

/// The names of its parameters.
pub(crate) const PARAMETERS: &[&[&str]] =
    &[&["point", "radius", "limit"], time_range::PARAMETERS, selection::PARAMETERS];

/// The default radius, metres.
const RADIUS: f64 = 100.0;
/// The maximum radius, metres.
const MAX_RADIUS: f64 = 10_000.0;

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct NearQuery {
    point: LngLat,
    radius: f64,
    pub time_range: TimeRange,
    pub selection: Selection,
    limit: usize,
}

#[derive(Debug, Default, Serialize)]
pub(crate) struct Passages {
    deliveries: Vec<Passage>,
    truncated: bool,
}

/// One delivery that passed.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Passage {
    delivery_id: String,
    name: String,
    namespace: String,
    route_id: String,
    title: String,
    courier: String,
    vehicle: String,
    /// `None` when the index has no plan of it.
    phase: Option<Phase>,
    first_at: Millis,
    last_at: Millis,
    positions: u64,
    nearest_meters: f64,
}

/// One delivery's bucket of positions inside the circle.
#[derive(Debug, Deserialize)]
struct Inside {
    key: String,
    doc_count: u64,
    first: Number,
    last: Number,
    nearest: Nearest,
}

#[derive(Debug, Deserialize)]
struct Number {
    value: f64,
}

#[derive(Debug, Deserialize)]
struct Nearest {
    hits: NearestHits,
}

#[derive(Debug, Deserialize)]
struct NearestHits {
    hits: Vec<NearestHit>,
}

#[derive(Debug, Deserialize)]
struct NearestHit {
    #[serde(rename = "_source", default)]
    source: Route,
    sort: Vec<f64>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Route {
    route_id: String,
}

impl NearQuery {
    /// Reads the query.
    ///
    /// # Errors
    /// When a parameter is invalid.
    pub(crate) fn read(parameters: &Parameters<'_>, scope: &Scope, now: Millis) -> Result<Self, InvalidParameter> {
        Ok(Self {
            point: parameters.point()?,
            radius: parameters.meters("radius", 1.0..=MAX_RADIUS)?.unwrap_or(RADIUS),
            time_range: TimeRange::read(parameters, now)?,
            selection: Selection::read(parameters, scope)?,
            limit: deliveries::limit(parameters)?,
        })
    }

    fn search(&self, mut filters: Vec<Value>, of_each: &Value) -> Value {
        let [lng, lat] = self.point;
        filters.push(within("at", self.time_range));
        filters.push(
            json!({"geo_distance": {"distance": format!("{}m", self.radius), "position": {"lat": lat, "lon": lng}}}),
        );
        json!({
            "size": 0,
            "track_total_hits": false,
            "query": all(&filters),
            "aggs": {"deliveries": of_each},
        })
    }

    /// The search for the deliveries that were there last: one more than `limit`.
    #[must_use]
    pub(crate) fn newest(&self, ids: Option<&[String]>) -> Value {
        let of_each = json!({
            "terms": {"field": "deliveryId", "size": self.limit + 1, "order": {"last": "desc"}},
            "aggs": {"last": {"max": {"field": "at"}}},
        });
        self.search(self.selection.position_filters(ids), &of_each)
    }

    /// The ids of the deliveries that were there last, and whether there are more.
    #[must_use]
    pub(crate) fn ids(&self, newest: &SearchResponse) -> (Vec<String>, bool) {
        let mut ids: Vec<_> =
            newest.buckets::<CountBucket<String>>("deliveries").into_iter().map(|found| found.key).collect();
        let truncated = ids.len() > self.limit;
        ids.truncate(self.limit);
        (ids, truncated)
    }

    /// The search for the passages of these deliveries.
    #[must_use]
    pub(crate) fn inside(&self, ids: &[String]) -> Value {
        let [lng, lat] = self.point;
        let nearest = json!({
            "size": 1,
            "_source": ["routeId"],
            "sort": [{"_geo_distance": {"position": {"lat": lat, "lon": lng}, "order": "asc", "unit": "m"}}],
        });
        let of_each = json!({
            "terms": {"field": "deliveryId", "size": ids.len().max(1)},
            "aggs": {
                "first": {"min": {"field": "at"}},
                "last": {"max": {"field": "at"}},
                "nearest": {"top_hits": nearest},
            },
        });
        self.search(vec![terms("deliveryId", ids)], &of_each)
    }
}

/// The search for the plans of these deliveries.
#[must_use]
pub(crate) fn plans(ids: &[String]) -> Value {
    by_delivery_ids(ids.iter(), documents::PLAN_FIELDS)
}

/// The search for the states of these deliveries.
#[must_use]
pub(crate) fn states(ids: &[String]) -> Value {
    by_delivery_ids(ids.iter(), documents::STATE_FIELDS)
}

/// The answer of the responses.
#[must_use]
pub(crate) fn answer(
    inside: &SearchResponse,
    truncated: bool,
    plans: SearchResponse<Plan>,
    states: SearchResponse<State>,
    titles: &Titles,
) -> Passages {
    let states = documents::by_delivery(states.documents);
    let plans: HashMap<_, _> = plans.documents.into_iter().map(|plan| (plan.delivery_id.clone(), plan)).collect();
    let passage = |found: Inside| {
        let nearest = found.nearest.hits.hits.into_iter().next();
        let plan = plans.get(&found.key);
        let text = |field: fn(&Plan) -> &String| plan.map(field).cloned().unwrap_or_default();
        let route_id = nearest.as_ref().map(|nearest| nearest.source.route_id.clone()).unwrap_or_default();
        Passage {
            name: text(|plan| &plan.name),
            namespace: text(|plan| &plan.namespace),
            title: titles.of_revision(&text(|plan| &plan.route), &route_id),
            route_id,
            courier: text(|plan| &plan.courier),
            vehicle: text(|plan| &plan.vehicle),
            phase: plan.map(|plan| Timeline::of(plan, states.get(&found.key)).phase),
            first_at: millis(found.first.value),
            last_at: millis(found.last.value),
            positions: found.doc_count,
            // To a centimetre, the resolution of an indexed position.
            nearest_meters: nearest
                .and_then(|nearest| nearest.sort.first().copied())
                .map_or(0.0, |meters| (meters * 100.0).round() / 100.0),
            delivery_id: found.key,
        }
    };
    let mut deliveries: Vec<_> = inside.buckets("deliveries").into_iter().map(passage).collect();
    deliveries.sort_by(|one, other| (other.last_at, &other.delivery_id).cmp(&(one.last_at, &one.delivery_id)));
    Passages { deliveries, truncated }
}

#[cfg(test)]
#[path = "tests/near.rs"]
mod tests;
