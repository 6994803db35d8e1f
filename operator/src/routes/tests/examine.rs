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
fn points_that_are_not_a_path_are_a_fault_with_a_reason() {
    let still = PRIMEIRO.replace("[-47.927650000049, -15.82942]", "[-47.92923, -15.82594]");
    let leap = PRIMEIRO.replace("[-47.927650000049, -15.82942]", "[-15.82942, -47.92765]");
    for (manifest, reason) in [(still, "ZeroLength"), (leap, "Leap")] {
        let route = route(&manifest);
        let examined = examine(&route, std::iter::empty());
        assert_eq!(examined.as_ref().unwrap_err().reason(), reason);
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
    assert_eq!(fault.reason(), "DuplicateId");
    assert!(fault.to_string().contains("primeiro"), "{fault}");
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
fn a_path_in_a_delivery_has_an_id_that_no_route_can_have() {
    let delivery: delivery_api::Delivery = serde_yaml::from_str(
        "
apiVersion: codedelivery.dev/v1alpha1
kind: Delivery
metadata: { name: errand, namespace: shop, uid: u1 }
spec: { path: [[0, 0], [0.001, 0]] }",
    )
    .unwrap();
    let record = inline(&Subject::of(&delivery).unwrap(), delivery.spec.path.as_ref().unwrap()).unwrap();
    assert_eq!((record.id.as_str(), record.listed), ("delivery/errand", false));
    assert!(record.is_inline() && !examine(&route(PRIMEIRO), std::iter::empty()).unwrap().is_inline());
}
