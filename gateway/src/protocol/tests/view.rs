use serde_json::json;

use super::*;
use crate::testing;

/// A longitude that is not a valid latitude, so that a swap cannot go unnoticed.
const FIJI: LngLat = [178.065, -17.7134];

#[test]
fn a_client_gets_latitude_first() {
    assert_eq!(serde_json::to_value(LatLng::from(FIJI)).unwrap(), json!([-17.7134, 178.065]));
    assert_eq!(serde_json::to_value(Point::from(FIJI)).unwrap(), json!({"lat": -17.7134, "lng": 178.065}));
}

#[test]
fn a_delivery_shows_everything_except_the_client() {
    let mut delivery = testing::delivery("d1");
    delivery.fix = Some(testing::fix(3, FIJI));
    let view = serde_json::to_value(DeliveryView::from(&delivery)).unwrap();
    assert_eq!(view["position"], json!([-17.7134, 178.065]));
    assert_eq!(view["seq"], 3);
    assert_eq!(view["phase"], "Running");
    assert_eq!(view["title"], "Primeiro");
    assert!(!view.to_string().contains(&testing::plan("d1").client_id), "{view}");
    assert!(!view.to_string().contains("clientId"), "{view}");
}

#[test]
fn a_delivery_without_a_position_has_null() {
    let delivery = Delivery { fix: None, phase: Phase::Accepted, ..testing::delivery("d1") };
    let view = serde_json::to_value(DeliveryView::from(&delivery)).unwrap();
    assert_eq!(view["position"], json!(null));
    assert_eq!(view["progress"], 0.0);
}

#[test]
fn a_route_is_listed_without_its_line_and_shown_with_it() {
    let route = Route { path: vec![FIJI, [178.4, -18.1]], ..testing::route("1", "Primeiro") };
    let listed = serde_json::to_value(RouteView::listed(&route)).unwrap();
    assert_eq!(listed["_id"], "1");
    assert_eq!(listed["startPosition"], json!({"lat": -17.7134, "lng": 178.065}));
    assert_eq!(listed["endPosition"], json!({"lat": -18.1, "lng": 178.4}));
    assert_eq!(listed["points"], 2);
    assert!(listed.get("path").is_none());
    let whole = serde_json::to_value(RouteView::whole(&route)).unwrap();
    assert_eq!(whole["path"], json!([FIJI, [178.4, -18.1]]), "a path stays GeoJSON");
}
