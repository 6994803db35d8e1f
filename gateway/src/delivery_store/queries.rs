//! The queries sent to `MongoDB`, and how its documents are read as deliveries and routes.
//!
//! Pure. The fields are those that [`super::statements`] writes.

use std::cmp::Reverse;
use std::sync::Arc;

use delivery_messages::deliveries::{canary, catalogue};
use delivery_messages::{LngLat, PlanPhase, Route, StatePhase};
use mongodb::bson::{Bson, Document, doc};
use serde::de::DeserializeOwned;

use super::listing::{ListingQuery, PageToken};
use crate::model::delivery::{About, Delivery, Phase};
use crate::model::position::Fix;
use crate::model::record::PlanOrigin;

/// The filter for a page of past deliveries.
#[must_use]
pub(crate) fn past(query: &ListingQuery) -> Document {
    let stopped = doc! {"$in": ["Finished", "Failed"]};
    let mut filter = match query.phase {
        Some(Phase::Cancelled) => doc! {"planPhase": "Cancelled", "statePhase": {"$not": stopped}},
        Some(phase) => doc! {"statePhase": phase.name()},
        None => doc! {"$or": [{"statePhase": stopped}, {"planPhase": "Cancelled"}]},
    };
    // A document without a plan yet, or an erased one, has no creation time and nothing to show.
    filter.insert("createdAt", doc! {"$exists": true});
    for (field, wanted) in [("courier", &query.courier), ("namespace", &query.namespace), ("name", &query.name)] {
        if let Some(wanted) = wanted {
            filter.insert(field, wanted);
        }
    }
    if query.hides_canary() {
        filter.insert("courier", doc! {"$ne": canary::COURIER});
    }
    match &query.before {
        Some(PageToken { past: true, created_at: Reverse(created_at), id: Reverse(id) }) => {
            let older = doc! {"createdAt": {"$lt": created_at}};
            let beside = doc! {"createdAt": created_at, "_id": {"$lt": id}};
            doc! {"$and": [filter, {"$or": [older, beside]}]}
        }
        _ => filter,
    }
}

/// The sort order of past deliveries: the newest first.
#[must_use]
pub(crate) fn order() -> Document {
    doc! {"createdAt": -1, "_id": -1}
}

/// The same order within each courier.
#[must_use]
pub(crate) fn order_by_courier() -> Document {
    doc! {"courier": 1, "createdAt": -1, "_id": -1}
}

/// The same order within each name of an object.
#[must_use]
pub(crate) fn order_by_name() -> Document {
    doc! {"name": 1, "createdAt": -1, "_id": -1}
}

/// Reads a delivery; `None` for a document that has no plan yet.
#[must_use]
pub(crate) fn delivery(document: &Document) -> Option<Delivery> {
    let text = |name| document.get_str(name).ok().map(str::to_owned);
    let about = About {
        delivery_id: text("_id")?,
        name: text("name")?,
        namespace: text("namespace")?,
        request_id: text("requestId"),
        route_id: text("routeId")?,
        route: text("route")?,
        courier: text("courier")?,
        vehicle: text("vehicle")?,
        interval_milliseconds: u32::try_from(document.get_i64("intervalMilliseconds").ok()?).ok()?,
        created_at: document.get_i64("createdAt").ok()?,
        origin: PlanOrigin {
            trace: text("trace").and_then(|digits| u128::from_str_radix(&digits, 16).ok()),
            record: None,
        },
    };
    let plan: PlanPhase = named(document, "planPhase")?;
    let state: Option<StatePhase> = named(document, "statePhase");
    let phase = Phase::of(plan, state);
    let ended = match phase {
        Phase::Finished | Phase::Failed => document.get_i64("stoppedAt").ok(),
        Phase::Cancelled => document.get_i64("cancelledAt").ok(),
        Phase::Accepted | Phase::Running | Phase::Suspended => None,
    };
    Some(Delivery {
        title: catalogue::title_of(&about.route_id).into(),
        about: Arc::new(about),
        phase,
        fix: fix(document, phase),
        start: document.get_i64("start").ok(),
        eta: document.get_i64("eta").ok(),
        ended,
        pod: text("pod").map(Arc::from),
        events: Arc::default(),
        last_seq: None,
        base: None,
    })
}

#[must_use]
pub(crate) fn route(document: &Document) -> Option<Route> {
    let text = |name| document.get_str(name).ok().map(str::to_owned);
    Some(Route {
        id: text("id")?,
        namespace: text("namespace")?,
        name: text("name")?,
        revision: text("revision")?,
        version: u64::try_from(document.get_i64("version").ok()?).ok()?,
        title: text("title")?,
        path: document.get_array("path").ok()?.chunks(2).map(position).collect::<Option<_>>()?,
        length_meters: document.get_f64("lengthMeters").ok()?,
        listed: document.get_bool("listed").ok()?,
    })
}

fn fix(document: &Document, phase: Phase) -> Option<Fix> {
    Some(Fix {
        position: position(document.get_array("position").ok()?)?,
        seq: u64::try_from(document.get_i64("seq").ok()?).ok()?,
        at: document.get_i64("at").ok()?,
        speed: document.get_f64("speed").ok()?,
        heading: document.get_f64("heading").ok()?,
        progress: document.get_f64("progress").ok()?,
        finished: phase == Phase::Finished,
    })
}

fn position(value: &[Bson]) -> Option<LngLat> {
    let [lng, lat] = value else { return None };
    Some([lng.as_f64()?, lat.as_f64()?])
}

fn named<T: DeserializeOwned>(document: &Document, name: &str) -> Option<T> {
    serde_json::from_value(document.get_str(name).ok()?.into()).ok()
}

#[cfg(test)]
#[path = "tests/queries.rs"]
mod tests;
