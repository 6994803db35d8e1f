//! What passed near a place: `GET /history/near`.
//!
//! Pure. Two searches among positions: which deliveries were there last, then of those alone when, how often and how near; so the
//! second is exact however many indices there are, and the first small.

use std::collections::HashMap;

use delivery_messages::{LngLat, Millis};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::body::{all, of_deliveries, terms, within};
use super::document::{self, Course, Plan, State};
use super::extent::millis;
use super::found::{Counted, Found};
use super::parameters::{Invalid, Parameters};
use super::past;
use super::span::{self, Span};
use super::titles::Titles;
use super::whose::{self, Whose};
use crate::model::delivery::Phase;
use crate::model::scope::Scope;

/// The names of its parameters.
pub const PARAMETERS: &[&[&str]] = &[&["point", "radius", "limit"], span::PARAMETERS, whose::PARAMETERS];

/// How far it looks when nothing is said, metres.
const RADIUS: f64 = 100.0;
/// The farthest that it looks, metres.
const FARTHEST: f64 = 10_000.0;

/// The question.
#[derive(Clone, Debug, PartialEq)]
pub struct Near {
    point: LngLat,
    radius: f64,
    /// The time.
    pub span: Span,
    /// Whose deliveries are meant.
    pub whose: Whose,
    limit: usize,
}

/// The answer.
#[derive(Debug, Default, Serialize)]
pub struct Answer {
    deliveries: Vec<Passage>,
    truncated: bool,
}

/// A delivery that passed.
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
    /// None when its plan is not in the index.
    phase: Option<Phase>,
    first_at: Millis,
    last_at: Millis,
    positions: u64,
    nearest_meters: f64,
}

/// What was found of one delivery inside the circle.
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

impl Near {
    /// Reads the question.
    ///
    /// # Errors
    /// When a parameter is none.
    pub fn read(parameters: &Parameters<'_>, scope: &Scope, now: Millis) -> Result<Self, Invalid> {
        Ok(Self {
            point: parameters.point()?,
            radius: parameters.meters("radius", 1.0..=FARTHEST)?.unwrap_or(RADIUS),
            span: Span::read(parameters, now)?,
            whose: Whose::read(parameters, scope)?,
            limit: past::limit(parameters)?,
        })
    }

    fn search(&self, mut filters: Vec<Value>, of_each: &Value) -> Value {
        let [lng, lat] = self.point;
        filters.push(within("at", self.span));
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

    /// The search for those that were there last: one more than are asked for.
    #[must_use]
    pub fn newest(&self, ids: Option<&[String]>) -> Value {
        let of_each = json!({
            "terms": {"field": "deliveryId", "size": self.limit + 1, "order": {"last": "desc"}},
            "aggs": {"last": {"max": {"field": "at"}}},
        });
        self.search(self.whose.of_positions(ids), &of_each)
    }

    /// The deliveries that were there last, and whether there are more.
    #[must_use]
    pub fn ids(&self, newest: &Found) -> (Vec<String>, bool) {
        let mut ids: Vec<_> =
            newest.buckets::<Counted<String>>("deliveries").into_iter().map(|found| found.key).collect();
        let truncated = ids.len() > self.limit;
        ids.truncate(self.limit);
        (ids, truncated)
    }

    /// The search for what these deliveries did there.
    #[must_use]
    pub fn inside(&self, ids: &[String]) -> Value {
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
pub fn plans(ids: &[String]) -> Value {
    of_deliveries(ids.iter(), document::PLAN_FIELDS)
}

/// The search for the states of these deliveries.
#[must_use]
pub fn states(ids: &[String]) -> Value {
    of_deliveries(ids.iter(), document::STATE_FIELDS)
}

/// The answer, of what was found.
#[must_use]
pub fn answer(inside: &Found, truncated: bool, plans: Found<Plan>, states: Found<State>, titles: &Titles) -> Answer {
    let states = document::by_delivery(states.documents);
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
            phase: plan.map(|plan| Course::of(plan, states.get(&found.key)).phase),
            first_at: millis(found.first.value),
            last_at: millis(found.last.value),
            positions: found.doc_count,
            // To a centimetre: the index knows a position no better.
            nearest_meters: nearest
                .and_then(|nearest| nearest.sort.first().copied())
                .map_or(0.0, |meters| (meters * 100.0).round() / 100.0),
            delivery_id: found.key,
        }
    };
    let mut deliveries: Vec<_> = inside.buckets("deliveries").into_iter().map(passage).collect();
    deliveries.sort_by(|one, other| (other.last_at, &other.delivery_id).cmp(&(one.last_at, &one.delivery_id)));
    Answer { deliveries, truncated }
}

#[cfg(test)]
#[path = "tests/near.rs"]
mod tests;
