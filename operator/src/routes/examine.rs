//! Whether deliveries can use a route: its record for the catalogue, or what is wrong with it; and its status. Pure.

use delivery_api::status::READY;
use delivery_api::{DeliveryRoute, DeliveryRouteStatus};
use delivery_messages::deliveries::catalogue;
use delivery_messages::{LngLat, Route};
use delivery_motion::{Path, PathError};
use jiff::Timestamp;
use kube::ResourceExt;

use crate::base::conditions::{ConditionUpdate, condition};
use crate::base::subject::Subject;

/// Why a route cannot be used.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub(crate) enum Fault {
    /// Its points are not a path.
    #[error(transparent)]
    Path(#[from] PathError),
    /// An older route of the namespace has the same id.
    #[error("The DeliveryRoute {older} already has the id {id}. Give this one another id in spec.id.")]
    DuplicateId { older: String, id: String },
}

impl Fault {
    /// As conditions name it.
    #[must_use]
    pub(crate) fn reason(&self) -> &'static str {
        match self {
            Self::Path(error) => error.reason(),
            Self::DuplicateId { .. } => "DuplicateId",
        }
    }
}

/// The record of a DeliveryRoute; `others` are the routes of its namespace.
///
/// # Errors
/// When its points are not a path, or an older route has its id.
pub(crate) fn examine<'a>(
    route: &DeliveryRoute,
    others: impl Iterator<Item = &'a DeliveryRoute>,
) -> Result<Route, Fault> {
    let namespace = route.namespace().unwrap_or_default();
    let record = record(route.route_id(), route.title(), (&namespace, &route.name_any()), &route.spec.path)?;
    let older = others
        .filter(|other| other.uid() != route.uid() && other.route_id() == route.route_id())
        .find(|other| age(other) < age(route));
    if let Some(older) = older {
        return Err(Fault::DuplicateId { older: older.name_any(), id: record.id });
    }
    let version = route.metadata.generation.and_then(|generation| u64::try_from(generation).ok()).unwrap_or(1);
    Ok(Route { version, listed: true, ..record })
}

/// Orders routes by age, and those of the same second by name.
fn age(route: &DeliveryRoute) -> (Option<Timestamp>, String) {
    (route.creation_timestamp().map(|time| time.0), route.name_any())
}

/// The record of a path in a Delivery's spec. It has an id that no DeliveryRoute can have.
///
/// # Errors
/// When its points are not a path.
pub(crate) fn inline(delivery: &Subject, path: &[LngLat]) -> Result<Route, Fault> {
    let (namespace, name) = (&delivery.key.namespace, &delivery.key.name);
    record(&catalogue::inline_id(name), name, (namespace, name), path)
}

fn record(id: &str, title: &str, (namespace, name): (&str, &str), path: &[LngLat]) -> Result<Route, Fault> {
    let path: Vec<LngLat> = path.iter().map(|point| point.map(round)).collect();
    let line = Path::new(&path)?;
    Ok(Route {
        id: id.to_owned(),
        namespace: namespace.to_owned(),
        name: name.to_owned(),
        revision: catalogue::revision(id, &path),
        version: 1,
        title: title.to_owned(),
        length_meters: line.length_meters(),
        path,
        listed: false,
    })
}

/// A coordinate in degrees, rounded to 1e-7, about a centimetre.
fn round(degrees: f64) -> f64 {
    (degrees * 1e7).round() / 1e7
}

/// The status of a route.
#[must_use]
pub(crate) fn status(route: &DeliveryRoute, examined: &Result<Route, Fault>, now: Timestamp) -> DeliveryRouteStatus {
    let old = route.status.clone().unwrap_or_default();
    let update = match examined {
        Ok(record) => ConditionUpdate::new(
            true,
            "Drivable",
            format!("Deliveries can use this route of {} points.", record.path.len()),
        ),
        Err(fault) => ConditionUpdate::new(false, fault.reason(), fault.to_string()),
    };
    let generation = route.metadata.generation;
    DeliveryRouteStatus {
        observed_generation: generation,
        conditions: vec![condition(READY, update, &old.conditions, generation, now)],
        id: Some(route.route_id().to_owned()),
        revision: examined.as_ref().ok().map(|record| record.revision.clone()),
        points: u32::try_from(route.spec.path.len()).ok(),
        length: examined.as_ref().ok().map(|record| length(record.length_meters)),
    }
}

/// A length for `kubectl get`: `840 m`, `1.87 km`.
fn length(meters: f64) -> String {
    if meters < 1_000.0 { format!("{meters:.0} m") } else { format!("{:.2} km", meters / 1_000.0) }
}

#[cfg(test)]
#[path = "tests/examine.rs"]
mod tests;
