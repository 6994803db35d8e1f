//! Statistics of a time range: `GET /history/summary`.
//!
//! Pure. Deliveries are counted by their plans, so that those created with `kubectl` count too. What needs a plan joined with its
//! state, which no search can do, covers the newest [`MAX_EXAMINED`].

use std::collections::{BTreeMap, HashMap};

use delivery_messages::Millis;
use serde::Serialize;
use serde_json::{Value, json};

use super::percentile::Sorted;
use crate::model::delivery::Phase;
use crate::model::scope::Scope;
use crate::position_index::clauses::{all, within};
use crate::position_index::documents::{self, Plan, State, Timeline};
use crate::position_index::parameters::{InvalidParameter, Parameters};
use crate::position_index::response::{CountBucket, SearchResponse};
use crate::position_index::selection::{self, Selection};
use crate::position_index::time_range::{self, TimeRange};
use crate::position_index::titles::Titles;

/// The names of its parameters.
pub(crate) const PARAMETERS: &[&[&str]] = &[time_range::PARAMETERS, selection::PARAMETERS];

/// The maximum number of deliveries whose plan and state are joined.
pub(crate) const MAX_EXAMINED: usize = 5_000;
/// The maximum number of routes and couriers in the answer, those with the most deliveries.
const MAX: usize = 50;
/// The maximum number of buckets over time.
const MAX_BUCKETS: Millis = 100;
/// The bucket lengths to choose from, minutes.
const BUCKET_MINUTES: [Millis; 11] = [1, 5, 10, 15, 30, 60, 180, 360, 720, 1_440, 2_880];
/// The bucket length when none of those suffices, minutes.
const MAX_BUCKET_MINUTES: Millis = 10_080;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SummaryQuery {
    pub time_range: TimeRange,
    pub selection: Selection,
}

/// The responses of all searches.
#[derive(Debug, Default)]
pub(crate) struct All {
    /// Of [`SummaryQuery::plans`].
    pub plans: SearchResponse<Plan>,
    /// Of [`SummaryQuery::states`].
    pub states: SearchResponse<State>,
    /// Of [`SummaryQuery::requests`]; `None` when requests cannot be filtered so.
    pub requests: Option<SearchResponse>,
    /// Of [`SummaryQuery::positions`]; `None` when that search took too long.
    pub positions: Option<SearchResponse>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Summary {
    since: Millis,
    until: Millis,
    deliveries: u64,
    examined: usize,
    by_phase: BTreeMap<Phase, usize>,
    viewers: Option<u64>,
    routes: Vec<RouteCount>,
    couriers: Vec<CourierCount>,
    duration_seconds: Option<Quantiles>,
    late_seconds: Option<Quantiles>,
    speed: Option<Quantiles>,
    delay_milliseconds: Option<Quantiles>,
    repeated: Option<u64>,
    over_time: Vec<TimeBucket>,
    over_time_milliseconds: Millis,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct RouteCount {
    title: String,
    route_id: String,
    deliveries: u64,
    positions: Option<u64>,
}

#[derive(Debug, Serialize)]
struct CourierCount {
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
struct TimeBucket {
    at: Millis,
    deliveries: u64,
}

impl SummaryQuery {
    /// Reads the query.
    ///
    /// # Errors
    /// When a parameter is invalid.
    pub(crate) fn read(parameters: &Parameters<'_>, scope: &Scope, now: Millis) -> Result<Self, InvalidParameter> {
        Ok(Self { time_range: TimeRange::read(parameters, now)?, selection: Selection::read(parameters, scope)? })
    }

    /// The bucket length, milliseconds.
    fn step(&self) -> Millis {
        let minutes = (self.time_range.until - self.time_range.since) / 60_000;
        BUCKET_MINUTES.into_iter().find(|step| minutes / step < MAX_BUCKETS - 1).unwrap_or(MAX_BUCKET_MINUTES) * 60_000
    }

    /// The search among plans: counts of all, documents of the newest.
    #[must_use]
    pub(crate) fn plans(&self) -> Value {
        let mut filters = self.selection.plan_filters();
        filters.push(within("createdAt", self.time_range));
        json!({
            "size": MAX_EXAMINED,
            "track_total_hits": true,
            "_source": documents::TIMELINE_FIELDS,
            "sort": [{"createdAt": {"order": "desc", "unmapped_type": "date"}}],
            "query": all(&filters),
            "aggs": {
                "routes": {"terms": {"field": "routeId", "size": MAX}},
                "couriers": {"terms": {"field": "courier", "size": MAX}},
                "over": {"date_histogram": {
                    "field": "createdAt", "fixed_interval": format!("{}ms", self.step()), "min_doc_count": 1,
                }},
            },
        })
    }

    /// The search among requests; `None` when they cannot be filtered by this selection.
    #[must_use]
    pub(crate) fn requests(&self) -> Option<Value> {
        if !self.selection.selects_requests() {
            return None;
        }
        let mut filters = self.selection.request_filters();
        filters.push(within("at", self.time_range));
        // A start over HTTP has no client id.
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
    pub(crate) fn positions(&self, ids: Option<&[String]>) -> Value {
        let mut filters = self.selection.position_filters(ids);
        filters.push(within("at", self.time_range));
        json!({
            "size": 0,
            "track_total_hits": false,
            "query": all(&filters),
            "aggs": {
                "routes": {"terms": {"field": "routeId", "size": 10 * MAX}},
                "speed": {"percentiles": {"field": "speed", "percents": [50, 95], "keyed": false}},
                "repeated": {"filter": {"term": {"repeated": true}}},
                "delay": {"percentiles": {"field": "delayMilliseconds", "percents": [50, 95, 100], "keyed": false}},
            },
        })
    }

    /// The answer of the responses.
    #[must_use]
    pub(crate) fn answer(&self, found: All, titles: &Titles) -> Summary {
        let plans = &found.plans.documents;
        let states = documents::by_delivery(found.states.documents);
        let timelines: Vec<_> = plans.iter().map(|plan| Timeline::of(plan, states.get(&plan.delivery_id))).collect();
        let mut by_phase = BTreeMap::new();
        for timeline in &timelines {
            *by_phase.entry(timeline.phase).or_default() += 1;
        }
        let finished = || timelines.iter().filter(|timeline| timeline.phase == Phase::Finished);
        let late: Sorted = finished().filter_map(|timeline| timeline.late).collect();
        let duration: Sorted = finished().filter_map(|timeline| timeline.duration).collect();
        let percentiles = |name| found.positions.as_ref().and_then(|positions| positions.percentiles(name));
        let over: Vec<CountBucket<Millis>> = found.plans.buckets("over");
        let couriers = found.plans.buckets::<CountBucket<String>>("couriers").into_iter();
        Summary {
            since: self.time_range.since,
            until: self.time_range.until,
            deliveries: found.plans.total,
            examined: plans.len(),
            by_phase,
            viewers: found.requests.as_ref().map(|requests| requests.number("viewers").map_or(0, count)),
            routes: routes(&found.plans, found.positions.as_ref(), titles),
            couriers: couriers.map(|found| CourierCount { courier: found.key, deliveries: found.count }).collect(),
            duration_seconds: quantiles(&duration, false),
            late_seconds: quantiles(&late, true),
            speed: percentiles("speed").and_then(|found| from_percentiles(&found)),
            delay_milliseconds: percentiles("delay").and_then(|found| from_percentiles(&found)),
            repeated: found.positions.as_ref().and_then(|positions| positions.counted("repeated")),
            over_time: self.time_buckets(&over),
            over_time_milliseconds: self.step(),
        }
    }

    /// Every bucket of the time range, also the empty ones.
    fn time_buckets(&self, over: &[CountBucket<Millis>]) -> Vec<TimeBucket> {
        let step = self.step();
        let found: HashMap<_, _> = over.iter().map(|piece| (piece.key, piece.count)).collect();
        let begins = (self.time_range.since / step..).map(|number| number * step);
        let begins = begins.take_while(|begin| *begin < self.time_range.until);
        begins.map(|at| TimeBucket { at, deliveries: found.get(&at).copied().unwrap_or_default() }).collect()
    }
}

fn routes(plans: &SearchResponse<Plan>, positions: Option<&SearchResponse>, titles: &Titles) -> Vec<RouteCount> {
    let positions: Option<HashMap<String, u64>> = positions.map(|positions| {
        positions.buckets::<CountBucket<String>>("routes").into_iter().map(|found| (found.key, found.count)).collect()
    });
    let route = |found: CountBucket<String>| RouteCount {
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

/// The requested percentiles: 50, 95 and perhaps 100.
fn from_percentiles(found: &[f64]) -> Option<Quantiles> {
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
