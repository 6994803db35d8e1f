//! How it went in some time: `GET /history/summary`.
//!
//! Pure. Deliveries are counted from their plans, so that those made by `kubectl` count too. What takes a plan and a state
//! together, which no search joins, is told of the newest [`EXAMINED`].

use std::collections::{BTreeMap, HashMap};

use delivery_messages::Millis;
use serde::Serialize;
use serde_json::{Value, json};

use super::body::{all, of_deliveries, within};
use super::document::{self, Course, Plan, State};
use super::found::{Counted, Found};
use super::parameters::{Invalid, Parameters};
use super::quantile::Sorted;
use super::span::{self, Span};
use super::titles::Titles;
use super::whose::{self, Whose};
use crate::model::delivery::Phase;
use crate::model::scope::Scope;

/// The names of its parameters.
pub const PARAMETERS: &[&[&str]] = &[span::PARAMETERS, whose::PARAMETERS];

/// The most deliveries whose plan and state are put together.
pub const EXAMINED: usize = 5_000;
/// The most routes and couriers that are told, those with most deliveries.
const MOST: usize = 50;
/// The most pieces that the time is divided into.
const PIECES: Millis = 100;
/// How long a piece may be, minutes.
const STEPS: [Millis; 12] = [1, 5, 10, 15, 30, 60, 180, 360, 720, 1_440, 2_880, 10_080];

/// The question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Summary {
    /// The time.
    pub span: Span,
    /// Whose deliveries are meant.
    pub whose: Whose,
}

/// What was found, search by search.
#[derive(Debug, Default)]
pub struct All {
    /// Of [`Summary::plans`].
    pub plans: Found<Plan>,
    /// Of [`Summary::states`].
    pub states: Found<State>,
    /// Of [`Summary::requests`]; none when they cannot be told apart.
    pub requests: Option<Found>,
    /// Of [`Summary::positions`]; none when there are too many.
    pub positions: Option<Found>,
}

/// The answer.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Answer {
    since: Millis,
    until: Millis,
    deliveries: u64,
    examined: usize,
    by_phase: BTreeMap<Phase, usize>,
    viewers: Option<u64>,
    routes: Vec<OfRoute>,
    couriers: Vec<Courier>,
    duration_seconds: Option<Quantiles>,
    late_seconds: Option<Quantiles>,
    speed: Option<Quantiles>,
    delay_milliseconds: Option<Quantiles>,
    repeated: Option<u64>,
    over_time: Vec<Piece>,
    over_time_milliseconds: Millis,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct OfRoute {
    title: String,
    route_id: String,
    deliveries: u64,
    positions: Option<u64>,
}

#[derive(Debug, Serialize)]
struct Courier {
    courier: String,
    deliveries: u64,
}

#[derive(Debug, Serialize)]
struct Quantiles {
    p50: f64,
    p95: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    max: Option<f64>,
}

#[derive(Debug, PartialEq, Eq, Serialize)]
struct Piece {
    at: Millis,
    deliveries: u64,
}

impl Summary {
    /// Reads the question.
    ///
    /// # Errors
    /// When a parameter is none.
    pub fn read(parameters: &Parameters<'_>, scope: &Scope, now: Millis) -> Result<Self, Invalid> {
        Ok(Self { span: Span::read(parameters, now)?, whose: Whose::read(parameters, scope)? })
    }

    /// How long a piece of the time is, milliseconds.
    fn step(&self) -> Millis {
        let minutes = (self.span.until - self.span.since) / 60_000;
        let longest = STEPS[STEPS.len() - 1];
        STEPS.into_iter().find(|step| minutes / step < PIECES - 1).unwrap_or(longest) * 60_000
    }

    /// The search among plans: counts of all, and the newest themselves.
    #[must_use]
    pub fn plans(&self) -> Value {
        let mut filters = self.whose.of_plans();
        filters.push(within("createdAt", self.span));
        json!({
            "size": EXAMINED,
            "track_total_hits": true,
            "_source": document::COURSE_FIELDS,
            "sort": [{"createdAt": {"order": "desc", "unmapped_type": "date"}}],
            "query": all(&filters),
            "aggs": {
                "routes": {"terms": {"field": "routeId", "size": MOST}},
                "couriers": {"terms": {"field": "courier", "size": MOST}},
                "over": {"date_histogram": {
                    "field": "createdAt", "fixed_interval": format!("{}ms", self.step()), "min_doc_count": 1,
                }},
            },
        })
    }

    /// The search for the states of these plans.
    #[must_use]
    pub fn states(&self, plans: &[Plan]) -> Value {
        of_deliveries(plans.iter().map(|plan| &plan.delivery_id), document::STATE_FIELDS)
    }

    /// The search among requests; none when they cannot be told apart so.
    #[must_use]
    pub fn requests(&self) -> Option<Value> {
        if !self.whose.tells_requests() {
            return None;
        }
        let mut filters = self.whose.of_requests();
        filters.push(within("at", self.span));
        // Who asks by HTTP has no name.
        let named = json!({"bool": {"filter": filters, "must_not": [{"term": {"clientId": ""}}]}});
        Some(json!({
            "size": 0,
            "track_total_hits": false,
            "query": named,
            "aggs": {"viewers": {"cardinality": {"field": "clientId", "precision_threshold": 10_000}}},
        }))
    }

    /// The search among positions.
    #[must_use]
    pub fn positions(&self, ids: Option<&[String]>) -> Value {
        let mut filters = self.whose.of_positions(ids);
        filters.push(within("at", self.span));
        json!({
            "size": 0,
            "track_total_hits": false,
            "query": all(&filters),
            "aggs": {
                "routes": {"terms": {"field": "routeId", "size": 10 * MOST}},
                "speed": {"percentiles": {"field": "speed", "percents": [50, 95], "keyed": false}},
                "repeated": {"filter": {"term": {"repeated": true}}},
                "delay": {"percentiles": {"field": "delayMilliseconds", "percents": [50, 95, 100], "keyed": false}},
            },
        })
    }

    /// The answer, of what was found.
    #[must_use]
    pub fn answer(&self, found: All, titles: &Titles) -> Answer {
        let plans = &found.plans.documents;
        let states = document::by_delivery(found.states.documents);
        let courses: Vec<_> = plans.iter().map(|plan| Course::of(plan, states.get(&plan.delivery_id))).collect();
        let mut by_phase = BTreeMap::new();
        for course in &courses {
            *by_phase.entry(course.phase).or_default() += 1;
        }
        let finished = || courses.iter().filter(|course| course.phase == Phase::Finished);
        let late: Sorted = finished().filter_map(|course| course.late).collect();
        let took: Sorted = finished().filter_map(|course| course.took).collect();
        let percentiles = |name| found.positions.as_ref().and_then(|positions| positions.percentiles(name));
        let over: Vec<Counted<Millis>> = found.plans.buckets("over");
        let couriers = found.plans.buckets::<Counted<String>>("couriers").into_iter();
        Answer {
            since: self.span.since,
            until: self.span.until,
            deliveries: found.plans.total,
            examined: plans.len(),
            by_phase,
            viewers: found.requests.as_ref().map(|requests| requests.number("viewers").map_or(0, count)),
            routes: routes(&found.plans, found.positions.as_ref(), titles),
            couriers: couriers.map(|found| Courier { courier: found.key, deliveries: found.count }).collect(),
            duration_seconds: quantiles(&took, false),
            late_seconds: quantiles(&late, true),
            speed: percentiles("speed").and_then(|found| told(&found)),
            delay_milliseconds: percentiles("delay").and_then(|found| told(&found)),
            repeated: found.positions.as_ref().and_then(|positions| positions.counted("repeated")),
            over_time: self.pieces(&over),
            over_time_milliseconds: self.step(),
        }
    }

    /// Every piece of the time, also those without a delivery.
    fn pieces(&self, over: &[Counted<Millis>]) -> Vec<Piece> {
        let step = self.step();
        let found: HashMap<_, _> = over.iter().map(|piece| (piece.key, piece.count)).collect();
        let begins = (self.span.since / step..).map(|number| number * step);
        let begins = begins.take_while(|begin| *begin < self.span.until);
        begins.map(|at| Piece { at, deliveries: found.get(&at).copied().unwrap_or_default() }).collect()
    }
}

fn routes(plans: &Found<Plan>, positions: Option<&Found>, titles: &Titles) -> Vec<OfRoute> {
    let positions: Option<HashMap<String, u64>> = positions.map(|positions| {
        positions.buckets::<Counted<String>>("routes").into_iter().map(|found| (found.key, found.count)).collect()
    });
    let route = |found: Counted<String>| OfRoute {
        title: titles.of_route(&found.key),
        positions: positions.as_ref().map(|positions| positions.get(&found.key).copied().unwrap_or_default()),
        route_id: found.key,
        deliveries: found.count,
    };
    plans.buckets("routes").into_iter().map(route).collect()
}

fn quantiles(times: &Sorted, max: bool) -> Option<Quantiles> {
    let of = |percent| times.percentile(percent);
    Some(Quantiles { p50: of(50)?, p95: of(95)?, max: if max { of(100) } else { None } })
}

/// What was asked for: the median, 95 %, and perhaps all.
fn told(found: &[f64]) -> Option<Quantiles> {
    match *found {
        [p50, p95] => Some(Quantiles { p50, p95, max: None }),
        [p50, p95, max] => Some(Quantiles { p50, p95, max: Some(max) }),
        _ => None,
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a count")]
fn count(number: f64) -> u64 {
    number as u64
}

#[cfg(test)]
#[path = "tests/summary.rs"]
mod tests;
