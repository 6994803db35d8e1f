//! Every CEL rule, with a manifest that passes and one that fails, without a cluster.
#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test ends with the first thing that is wrong"
)]

use std::collections::BTreeSet;

use delivery_api::{Delivery, DeliveryRoute};
use serde_json::Value;

const DELIVERY: &str = "
apiVersion: codedelivery.dev/v1alpha1
kind: Delivery
metadata: { name: primeiro }
spec:
  routeRef: { name: primeiro }
  courier: moto-7
  vehicle: motorcycle
  speedKmh: 40
";

const INLINE: &str = "
apiVersion: codedelivery.dev/v1alpha1
kind: Delivery
metadata: { name: inline }
spec:
  path: [[-47.92923, -15.82594], [-47.92765, -15.82942]]
";

const ROUTE: &str = "
apiVersion: codedelivery.dev/v1alpha1
kind: DeliveryRoute
metadata: { name: primeiro }
spec:
  path: [[-47.92923, -15.82594], [-47.92765, -15.82942], [180, 90], [-180, -90]]
";

fn delivery(manifest: &str) -> Delivery {
    serde_yaml::from_str(manifest).unwrap()
}

fn route(manifest: &str) -> DeliveryRoute {
    serde_yaml::from_str(manifest).unwrap()
}

/// The messages of the rules that a new Delivery breaks.
fn broken(manifest: &str) -> Vec<String> {
    let errors = delivery(manifest).validate_cel().err();
    errors.into_iter().flat_map(delivery_errors).collect()
}

fn broken_route(manifest: &str) -> Vec<String> {
    let errors = route(manifest).validate_cel().err();
    errors.into_iter().flat_map(delivery_errors).collect()
}

/// The messages of the rules that a change breaks.
fn broken_by_change(old: &str, new: &str) -> Vec<String> {
    let errors = delivery(new).validate_cel_update(&delivery(old)).err();
    errors.into_iter().flat_map(delivery_errors).collect()
}

fn delivery_errors(errors: kube::core::cel::ValidationErrors) -> Vec<String> {
    errors.into_vec().into_iter().map(|error| format!("{}: {}", error.field_path, error.message)).collect()
}

#[test]
fn plain_manifests_pass() {
    assert_eq!(broken(DELIVERY), Vec::<String>::new());
    assert_eq!(broken(INLINE), Vec::<String>::new());
    assert_eq!(broken_route(ROUTE), Vec::<String>::new());
}

#[test]
fn a_delivery_has_a_route_or_a_path_and_not_both() {
    let message = "spec: exactly one of routeRef and path must be set";
    assert_eq!(broken(&DELIVERY.replace("  routeRef: { name: primeiro }\n", "")), [message]);
    assert_eq!(broken(&INLINE.replace("spec:", "spec:\n  routeRef: { name: primeiro }")), [message]);
}

#[test]
fn a_point_out_of_range_is_named_by_its_place() {
    let east = broken_route(&ROUTE.replace("[180, 90]", "[180.5, 90]"));
    assert_eq!(east, ["spec.path[2]: the first number of a point is its longitude and must be from -180 to 180"]);
    let message =
        "the second number of a point is its latitude and must be from -90 to 90; a point is [longitude, latitude]";
    assert_eq!(broken_route(&ROUTE.replace("[-180, -90]", "[-180, -90.001]")), [format!("spec.path[3]: {message}")]);
    assert_eq!(broken(&INLINE.replace("-15.82942", "200")), [format!("spec.path[1]: {message}")]);
}

#[test]
fn a_name_leaves_room_for_what_is_named_after_it() {
    let named = |manifest: &str, name: &str| manifest.replace("name: primeiro }", &format!("name: {name} }}"));
    let (longest, too_long) = ("x".repeat(54), "x".repeat(55));
    let delivery = |name: &str| INLINE.replace("inline", name);
    assert_eq!(broken(&delivery(&longest)), Vec::<String>::new());
    assert!(broken(&delivery(&too_long))[0].contains("at most 54 characters"));
    assert!(broken(&delivery("moto.7"))[0].contains("no dots"));
    let (longest, too_long) = ("x".repeat(41), "x".repeat(42));
    assert_eq!(broken_route(&named(ROUTE, &longest)), Vec::<String>::new());
    assert!(broken_route(&named(ROUTE, &too_long))[0].contains("at most 41 characters"));
}

/// Changes that are refused: what replaces what, and the field that the message names.
const FIXED: [(&str, &str, &str, &str); 12] = [
    (DELIVERY, "name: primeiro }\n  courier", "name: segundo }\n  courier", "routeRef"),
    (INLINE, "-47.92765", "-47.92766", "path"),
    (INLINE, "[-47.92765, -15.82942]]", "[-47.92765, -15.82942], [-47.92, -15.82]]", "path"),
    (DELIVERY, "courier: moto-7", "courier: moto-8", "courier"),
    (DELIVERY, "  courier: moto-7\n", "", "courier"),
    (DELIVERY, "vehicle: motorcycle", "vehicle: van", "vehicle"),
    (INLINE, "spec:", "spec:\n  vehicle: van", "vehicle"),
    (DELIVERY, "spec:", "spec:\n  intervalMilliseconds: 400", "intervalMilliseconds"),
    (DELIVERY, "speedKmh: 40", "speedKmh: 41", "speedKmh"),
    (DELIVERY, "  speedKmh: 40\n", "", "speedKmh"),
    (DELIVERY, "spec:", "spec:\n  seed: 7", "seed"),
    (DELIVERY, "spec:", "spec:\n  noiseMeters: 3", "noiseMeters"),
];

#[test]
fn what_a_delivery_is_cannot_change() {
    for (manifest, from, to, field) in FIXED {
        let changed = manifest.replace(from, to);
        assert_ne!(changed, manifest, "{field}");
        let message = format!("spec: {field} cannot change after creation; create another Delivery");
        assert_eq!(broken_by_change(manifest, &changed), [message], "{from} to {to}");
        assert_eq!(broken(&changed), Vec::<String>::new(), "{field} may be so from the start");
    }
    let other_kind =
        INLINE.replace("path: [[-47.92923, -15.82594], [-47.92765, -15.82942]]", "routeRef: { name: primeiro }");
    assert_eq!(broken_by_change(INLINE, &other_kind).len(), 2, "both routeRef and path change");
}

#[test]
fn suspend_and_time_to_live_may_change() {
    for change in ["suspend: true", "ttlSecondsAfterFinished: 60", "suspend: true\n  ttlSecondsAfterFinished: 0"] {
        let changed = DELIVERY.replace("spec:", &format!("spec:\n  {change}"));
        assert_eq!(broken_by_change(DELIVERY, &changed), Vec::<String>::new(), "{change}");
        assert_eq!(broken_by_change(&changed, DELIVERY), Vec::<String>::new(), "back from {change}");
    }
}

#[test]
fn every_field_of_a_delivery_is_fixed_but_two() {
    let fixed: BTreeSet<_> = FIXED.iter().map(|(.., field)| *field).collect();
    let fields = fields_of_the_spec();
    let free: Vec<_> = fields.iter().map(String::as_str).filter(|field| !fixed.contains(field)).collect();
    assert_eq!(free, ["suspend", "ttlSecondsAfterFinished"]);
}

fn fields_of_the_spec() -> Vec<String> {
    let (_, text) = &delivery_api::manifest::files().unwrap()[0];
    let definition: Value = serde_yaml::from_str(text).unwrap();
    let schema = &definition["spec"]["versions"][0]["schema"]["openAPIV3Schema"];
    schema["properties"]["spec"]["properties"].as_object().unwrap().keys().cloned().collect()
}
