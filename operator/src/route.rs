//! What a route is worth: its record for the catalogue, or why nothing can drive it. Pure.

use crate::conditions::{Saying, condition};
use delivery_api::status::READY;
use delivery_api::{Delivery, DeliveryRoute, DeliveryRouteStatus};
use delivery_messages::{LngLat, Route, catalogue};
use delivery_motion::Path;
use jiff::Timestamp;
use kube::ResourceExt;

/// Why nothing can drive a route.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// A stable name.
    pub reason: String,
    /// A whole sentence.
    pub message: String,
}

/// The record of a DeliveryRoute; `others` are the routes of its namespace.
///
/// # Errors
/// When its points make no way, or an older route has its id.
pub fn examine<'a>(route: &DeliveryRoute, others: impl Iterator<Item = &'a DeliveryRoute>) -> Result<Route, Fault> {
    let record = record(
        route.route_id(),
        route.title(),
        (&route.namespace().unwrap_or_default(), &route.name_any()),
        &route.spec.path,
    )?;
    let older = others
        .filter(|other| other.uid() != route.uid() && other.route_id() == route.route_id())
        .find(|other| age(other) < age(route));
    if let Some(older) = older {
        let message =
            format!("The DeliveryRoute {} has the id {} already; give this one another.", older.name_any(), record.id);
        return Err(Fault { reason: "DuplicateId".to_owned(), message });
    }
    let version = route.metadata.generation.and_then(|generation| u64::try_from(generation).ok()).unwrap_or(1);
    Ok(Route { version, listed: true, ..record })
}

/// What orders routes by age; the name decides between those of the same second.
fn age(route: &DeliveryRoute) -> (Option<Timestamp>, String) {
    (route.creation_timestamp().map(|time| time.0), route.name_any())
}

/// The record of the path that a Delivery has of its own. It has an id that no DeliveryRoute can have.
///
/// # Errors
/// When its points make no way.
pub fn inline(delivery: &Delivery, path: &[LngLat]) -> Result<Route, Fault> {
    let name = delivery.name_any();
    record(&format!("delivery/{name}"), &name, (&delivery.namespace().unwrap_or_default(), &name), path)
}

fn record(id: &str, title: &str, (namespace, name): (&str, &str), path: &[LngLat]) -> Result<Route, Fault> {
    let path: Vec<LngLat> = path.iter().map(|point| point.map(round)).collect();
    let line =
        Path::new(&path).map_err(|error| Fault { reason: error.reason().to_owned(), message: error.to_string() })?;
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

/// A coordinate in steps of 1e-7 degrees, about a centimetre.
fn round(degrees: f64) -> f64 {
    (degrees * 1e7).round() / 1e7
}

/// What is said of a route.
#[must_use]
pub fn status(route: &DeliveryRoute, examined: &Result<Route, Fault>, now: Timestamp) -> DeliveryRouteStatus {
    let old = route.status.clone().unwrap_or_default();
    let saying = match examined {
        Ok(record) => {
            Saying::new(true, "Drivable", format!("Deliveries can be started on its {} points.", record.path.len()))
        }
        Err(fault) => Saying::new(false, fault.reason.clone(), fault.message.clone()),
    };
    let generation = route.metadata.generation;
    DeliveryRouteStatus {
        observed_generation: generation,
        conditions: vec![condition(READY, saying, &old.conditions, generation, now)],
        id: Some(route.route_id().to_owned()),
        revision: examined.as_ref().ok().map(|record| record.revision.clone()),
        points: u32::try_from(route.spec.path.len()).ok(),
        length: examined.as_ref().ok().map(|record| length(record.length_meters)),
    }
}

/// A length for the eye: `840 m`, `1.87 km`.
fn length(meters: f64) -> String {
    if meters < 1_000.0 { format!("{meters:.0} m") } else { format!("{:.2} km", meters / 1_000.0) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn route(manifest: &str) -> DeliveryRoute {
        serde_yaml::from_str(manifest).unwrap()
    }

    const PRIMEIRO: &str = "
apiVersion: codedelivery.dev/v1alpha1
kind: DeliveryRoute
metadata: { name: primeiro, namespace: shop, uid: u1, generation: 3, creationTimestamp: 2026-11-22T10:00:00Z }
spec:
  id: '1'
  title: Primeiro
  path: [[-47.92923, -15.82594], [-47.927650000049, -15.82942]]
";

    #[test]
    fn a_route_becomes_a_record_with_rounded_points() {
        let record = examine(&route(PRIMEIRO), std::iter::empty()).unwrap();
        assert_eq!(record.path[1].map(f64::to_bits), [-47.92765_f64, -15.82942].map(f64::to_bits));
        assert_eq!((record.id.as_str(), record.version, record.listed), ("1", 3, true));
        assert!((record.length_meters - 422.0).abs() < 1.0, "{}", record.length_meters);
        assert_eq!(record.key(), format!("shop/primeiro@{}", record.revision));
    }

    #[test]
    fn points_that_make_no_way_are_a_fault_with_a_reason() {
        let still = PRIMEIRO.replace("[-47.927650000049, -15.82942]", "[-47.92923, -15.82594]");
        let leap = PRIMEIRO.replace("[-47.927650000049, -15.82942]", "[-15.82942, -47.92765]");
        for (manifest, reason) in [(still, "ZeroLength"), (leap, "Leap")] {
            let route = route(&manifest);
            let examined = examine(&route, std::iter::empty());
            assert_eq!(examined.as_ref().unwrap_err().reason, reason);
            let status = status(&route, &examined, "2026-11-22T10:00:09Z".parse().unwrap());
            let ready = &status.conditions[0];
            assert_eq!((ready.status.as_str(), ready.reason.as_str()), ("False", reason));
            assert!(ready.message.ends_with('.'));
            assert_eq!(status.revision, None);
        }
    }

    #[test]
    fn of_two_routes_with_one_id_the_older_is_ready() {
        let older = route(PRIMEIRO);
        let newer = route(
            &PRIMEIRO
                .replace("name: primeiro", "name: outro")
                .replace("uid: u1", "uid: u2")
                .replace("10:00:00Z", "11:00:00Z"),
        );
        let both = [older.clone(), newer.clone()];
        assert!(examine(&older, both.iter()).is_ok());
        let fault = examine(&newer, both.iter()).unwrap_err();
        assert_eq!(fault.reason, "DuplicateId");
        assert!(fault.message.contains("primeiro"), "{}", fault.message);
    }

    #[test]
    fn an_unchanged_route_has_an_unchanged_status() {
        let mut route = route(PRIMEIRO);
        let examined = examine(&route, std::iter::empty());
        let first = status(&route, &examined, "2026-11-22T10:00:09Z".parse().unwrap());
        assert_eq!((first.length.as_deref(), first.points), (Some("422 m"), Some(2)));
        route.status = Some(first.clone());
        assert_eq!(status(&route, &examined, "2026-11-22T11:00:00Z".parse().unwrap()), first);
    }

    #[test]
    fn a_path_of_a_deliverys_own_has_an_id_that_no_route_can_have() {
        let delivery: Delivery = serde_yaml::from_str(
            "
apiVersion: codedelivery.dev/v1alpha1
kind: Delivery
metadata: { name: errand, namespace: shop }
spec: { path: [[0, 0], [0.001, 0]] }",
        )
        .unwrap();
        let record = inline(&delivery, delivery.spec.path.as_ref().unwrap()).unwrap();
        assert_eq!((record.id.as_str(), record.listed), ("delivery/errand", false));
    }
}
