use std::sync::Arc;

use serde_json::json;

use super::*;
use crate::model::delivery::About;
use crate::model::record::PlanOrigin;
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
    assert_eq!(view["route"], "code-delivery/1@0123456789ab");
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
fn the_details_of_a_delivery_are_its_view_its_times_and_the_record_of_its_newest_position() {
    let delivery = Delivery { phase: Phase::Finished, ended: Some(testing::NOW + 9), ..testing::delivery("d1") };
    let details = DeliveryDetails::new(&delivery, Some(RecordOffset { partition: 3, offset: 1204 }));
    let details = serde_json::to_value(details).unwrap();
    assert_eq!(details["deliveryId"], "d1");
    assert_eq!(details["phase"], "Finished");
    assert_eq!(details["createdAt"], testing::NOW);
    assert_eq!(details["end"], testing::NOW + 9);
    assert_eq!(details["record"], json!({"topic": "route.new-position", "partition": 3, "offset": 1204}));
    let unread = serde_json::to_value(DeliveryDetails::new(&delivery, None)).unwrap();
    assert_eq!(unread["record"], json!(null));
}

#[test]
fn the_details_of_a_delivery_name_its_pod_its_trace_and_the_record_of_its_plan_as_far_as_they_are_known() {
    let mut about = About::from(testing::plan("d1"));
    about.origin = PlanOrigin { trace: Some(0xab), record: Some(RecordOffset { partition: 2, offset: 17 }) };
    let delivery = Delivery { about: Arc::new(about), pod: Some("d1-x2b4".into()), ..testing::delivery("d1") };
    let details = serde_json::to_value(DeliveryDetails::new(&delivery, None)).unwrap();
    assert_eq!(details["plan"], json!({"topic": "delivery.plan", "partition": 2, "offset": 17}));
    assert_eq!(details["pod"], "d1-x2b4");
    assert_eq!(details["traceId"], "000000000000000000000000000000ab");
    let unknown = serde_json::to_value(DeliveryDetails::new(&testing::delivery("d1"), None)).unwrap();
    for field in ["plan", "pod", "traceId"] {
        assert_eq!(unknown[field], json!(null), "{field}");
    }
}

#[test]
fn the_details_of_a_delivery_have_its_events_and_the_frames_do_not() {
    let event = DeliveryEvent {
        reason: "PodFailed".to_owned(),
        message: "The pod failed.".to_owned(),
        warning: true,
        first: testing::NOW,
        last: testing::NOW + 9,
        count: 3,
    };
    let delivery = Delivery { events: [event].into(), ..testing::delivery("d1") };
    let details = serde_json::to_value(DeliveryDetails::new(&delivery, None)).unwrap();
    assert_eq!(
        details["events"],
        json!([{
            "reason": "PodFailed",
            "message": "The pod failed.",
            "warning": true,
            "first": testing::NOW,
            "last": testing::NOW + 9,
            "count": 3,
        }])
    );
    assert!(serde_json::to_value(DeliveryView::from(&delivery)).unwrap().get("events").is_none());
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
