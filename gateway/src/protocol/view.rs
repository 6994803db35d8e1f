//! What a client sees of a delivery and of a route.
//!
//! The log holds `[lng, lat]`, as `GeoJSON` does; a client gets `[lat, lng]`, as the page of the original system
//! expects. They are swapped here, in [`LatLng`], and nowhere else. Only `origin`, which belongs to the binary form,
//! stays as in the log.

use delivery_messages::{LngLat, Millis, Route};
use serde::Serialize;

use crate::model::delivery::{Delivery, Phase};

/// `[lat, lng]` in degrees, latitude first.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub(crate) struct LatLng([f64; 2]);

impl From<LngLat> for LatLng {
    fn from([lng, lat]: LngLat) -> Self {
        Self([lat, lng])
    }
}

/// A point with named fields, as in the original system's routes.
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

/// A route as the page lists it; `path` only when a single route is requested.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RouteView<'a> {
    /// The name of `id` in the original system.
    #[serde(rename = "_id")]
    original_id: &'a str,
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
            original_id: &route.id,
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
