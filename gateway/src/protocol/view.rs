//! What a client sees of a delivery and of a route.
//!
//! The log holds `[lng, lat]`, as `GeoJSON` does; a client gets `[lat, lng]`, as the vehicle tracker's page
//! expects. They are swapped here, in [`LatLng`], and nowhere else. Only `origin`, which belongs to the binary form,
//! stays as in the log.

use delivery_messages::{DeliveryEvent, LngLat, Millis, Route, Topic};
use serde::Serialize;

use crate::model::delivery::{Delivery, Phase};
use crate::model::record::RecordOffset;

/// `[lat, lng]` in degrees, latitude first.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub(crate) struct LatLng([f64; 2]);

impl From<LngLat> for LatLng {
    fn from([lng, lat]: LngLat) -> Self {
        Self([lat, lng])
    }
}

/// A point with named fields, as in the vehicle tracker's routes.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub(crate) struct Point {
    lat: f64,
    lng: f64,
}

impl From<LngLat> for Point {
    fn from(position: LngLat) -> Self {
        let LatLng([lat, lng]) = position.into();
        Self { lat, lng }
    }
}

/// Everything that a client may know of a delivery.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct DeliveryView<'a> {
    delivery_id: &'a str,
    name: &'a str,
    namespace: &'a str,
    route_id: &'a str,
    /// The route's revision; deliveries with the same one have the same line.
    route: &'a str,
    title: &'a str,
    courier: &'a str,
    vehicle: &'a str,
    phase: Phase,
    position: Option<LatLng>,
    heading: f64,
    speed: f64,
    progress: f64,
    seq: Option<u64>,
    at: Option<Millis>,
    start: Option<Millis>,
    eta: Option<Millis>,
    interval_milliseconds: u32,
    /// What the binary form is relative to; all three are null before the first position.
    number: Option<u32>,
    origin: Option<LngLat>,
    origin_at: Option<Millis>,
}

impl<'a> From<&'a Delivery> for DeliveryView<'a> {
    fn from(delivery: &'a Delivery) -> Self {
        let about = &delivery.about;
        let fix = delivery.fix.as_ref();
        Self {
            delivery_id: &about.delivery_id,
            name: &about.name,
            namespace: &about.namespace,
            route_id: &about.route_id,
            route: &about.route,
            title: &delivery.title,
            courier: &about.courier,
            vehicle: &about.vehicle,
            phase: delivery.phase,
            position: fix.map(|fix| fix.position.into()),
            heading: fix.map_or(0.0, |fix| fix.heading),
            speed: fix.map_or(0.0, |fix| fix.speed),
            progress: fix.map_or(0.0, |fix| fix.progress),
            seq: fix.map(|fix| fix.seq),
            at: fix.map(|fix| fix.at),
            start: delivery.start,
            eta: delivery.eta,
            interval_milliseconds: about.interval_milliseconds,
            number: delivery.base.map(|base| base.number),
            origin: delivery.base.map(|base| base.origin),
            origin_at: delivery.base.map(|base| base.at),
        }
    }
}

/// One delivery alone: its view, and what is only of interest for one at a time.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct DeliveryDetails<'a> {
    #[serde(flatten)]
    view: DeliveryView<'a>,
    /// When its object was created.
    created_at: Millis,
    /// When it ended; null while it is under way.
    end: Option<Millis>,
    /// The record of its newest position; null when that was not read from the log but from a state or the delivery store.
    record: Option<RecordView>,
    /// The record of its newest plan; null when that was read from the delivery store.
    plan: Option<RecordView>,
    /// The pod that drives it, or drove it last; null before its first state.
    pod: Option<&'a str>,
    /// The trace that it belongs to, as tools write it; null if that is not known.
    trace_id: Option<String>,
    /// What `kubectl describe` says has happened, the newest last; empty some minutes after its end.
    events: &'a [DeliveryEvent],
}

/// Where a record is in Kafka.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
struct RecordView {
    topic: &'static str,
    partition: i32,
    offset: i64,
}

impl<'a> DeliveryDetails<'a> {
    /// `record`: that of the delivery's newest position.
    pub(crate) fn new(delivery: &'a Delivery, record: Option<RecordOffset>) -> Self {
        let of = |topic: Topic| {
            move |RecordOffset { partition, offset }| RecordView { topic: topic.name(), partition, offset }
        };
        let origin = delivery.about.origin;
        Self {
            view: delivery.into(),
            created_at: delivery.about.created_at,
            end: delivery.ended,
            record: record.map(of(Topic::NewPosition)),
            plan: origin.record.map(of(Topic::Plan)),
            pod: delivery.pod.as_deref(),
            trace_id: origin.trace.map(|trace| format!("{trace:032x}")),
            events: &delivery.events,
        }
    }
}

/// A route as the page lists it; `path` only when a single route is requested.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RouteView<'a> {
    /// The name of `id` in the vehicle tracker.
    #[serde(rename = "_id")]
    tracker_id: &'a str,
    id: &'a str,
    title: &'a str,
    start_position: Option<Point>,
    end_position: Option<Point>,
    length_meters: f64,
    points: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    path: Option<&'a [LngLat]>,
}

impl<'a> RouteView<'a> {
    /// A route without its line.
    pub(crate) fn listed(route: &'a Route) -> Self {
        Self {
            tracker_id: &route.id,
            id: &route.id,
            title: &route.title,
            start_position: route.path.first().copied().map(Point::from),
            end_position: route.path.last().copied().map(Point::from),
            length_meters: route.length_meters,
            points: route.path.len(),
            path: None,
        }
    }

    /// A route with its line, `[lng, lat]` as in `GeoJSON`.
    pub(crate) fn whole(route: &'a Route) -> Self {
        Self { path: Some(&route.path), ..Self::listed(route) }
    }
}

#[cfg(test)]
#[path = "tests/view.rs"]
mod tests;
