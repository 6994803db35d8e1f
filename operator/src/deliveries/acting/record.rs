//! The plan of a Delivery as the log holds it. Pure.

use delivery_messages::deliveries::plan::MODEL;
use delivery_messages::{Motion, Plan, PlanPhase};
use jiff::Timestamp;

use crate::base::conditions::seconds;
use crate::base::subject::Subject;
use crate::deliveries::observing::observed::Facts;

/// The route of a plan.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RouteOfPlan<'a> {
    /// What messages call `routeId`.
    pub id: &'a str,
    /// The key of the revision.
    pub key: &'a str,
}

/// The plan of a Delivery in its current generation.
#[must_use]
pub(crate) fn plan(subject: &Subject, phase: PlanPhase, route: RouteOfPlan<'_>, facts: &Facts, source: &str) -> Plan {
    let spec = &subject.spec;
    let generation = subject.generation.and_then(|generation| u64::try_from(generation).ok()).unwrap_or(1);
    Plan {
        delivery_id: subject.key.uid.clone(),
        version: Plan::version_of(generation, false),
        phase,
        name: subject.key.name.clone(),
        namespace: subject.key.namespace.clone(),
        source: source.to_owned(),
        request_id: subject.request_id.clone(),
        client_id: subject.client_id.clone().unwrap_or_default(),
        route_id: route.id.to_owned(),
        route: route.key.to_owned(),
        courier: spec.courier.clone().unwrap_or_default(),
        vehicle: spec.vehicle.clone().unwrap_or_default(),
        motion: spec.speed_kmh.map_or(Motion::PointPerTick, |speed_kmh| Motion::ConstantSpeed { speed_kmh }),
        interval_milliseconds: spec.interval_milliseconds,
        seed: u64::from(spec.seed),
        noise_meters: spec.noise_meters,
        model: MODEL,
        created_at: subject.created_at.map_or(0, Timestamp::as_millisecond),
        // In whole seconds, as the status holds it, so that the plan is the same after a restart.
        resumed_at: facts.resumed_at.map(|time| seconds(time).0.as_millisecond()),
        events: Vec::new(),
    }
}
