//! The plan of a Delivery as the log holds it. Pure.

use crate::conditions::seconds;
use crate::view::Facts;
use delivery_api::Delivery;
use delivery_api::names::{CLIENT_ID_ANNOTATION, REQUEST_ID_ANNOTATION};
use delivery_messages::plan::MODEL;
use delivery_messages::{Motion, Plan, PlanPhase};
use kube::ResourceExt;

/// The route of a plan: what messages call `routeId`, and the key of its revision.
#[derive(Clone, Copy, Debug)]
pub struct RouteOfPlan<'a> {
    /// The route's id.
    pub id: &'a str,
    /// The revision's key.
    pub key: &'a str,
}

/// The plan of a Delivery in its present generation.
#[must_use]
pub fn plan(delivery: &Delivery, phase: PlanPhase, route: RouteOfPlan<'_>, facts: &Facts, source: &str) -> Plan {
    let spec = &delivery.spec;
    let annotation = |name: &str| delivery.annotations().get(name).cloned();
    let generation = delivery.metadata.generation.and_then(|generation| u64::try_from(generation).ok()).unwrap_or(1);
    Plan {
        delivery_id: delivery.uid().unwrap_or_default(),
        version: Plan::version_of(generation, false),
        phase,
        name: delivery.name_any(),
        namespace: delivery.namespace().unwrap_or_default(),
        source: source.to_owned(),
        request_id: annotation(REQUEST_ID_ANNOTATION),
        client_id: annotation(CLIENT_ID_ANNOTATION).unwrap_or_default(),
        route_id: route.id.to_owned(),
        route: route.key.to_owned(),
        courier: spec.courier.clone().unwrap_or_default(),
        vehicle: spec.vehicle.clone().unwrap_or_default(),
        motion: spec.speed_kmh.map_or(Motion::PointPerTick, |speed_kmh| Motion::ConstantSpeed { speed_kmh }),
        interval_milliseconds: spec.interval_milliseconds,
        seed: u64::from(spec.seed),
        noise_meters: spec.noise_meters,
        model: MODEL,
        created_at: delivery.creation_timestamp().map_or(0, |time| time.0.as_millisecond()),
        // As the status holds it, so that it is the same whenever it is read.
        resumed_at: facts.resumed_at.map(|time| seconds(time).0.as_millisecond()),
    }
}
