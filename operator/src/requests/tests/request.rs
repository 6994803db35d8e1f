use delivery_fuzz::Fuzz;
use delivery_messages::deliveries::direction::{INTERVALS_MILLISECONDS, MAX_NAME, SPEEDS_KMH};
use delivery_messages::records::text::cut;
use kube::CustomResourceExt as _;

use super::*;
use crate::base::trace;

fn origin(record: &str) -> Origin {
    Origin { record: record.to_owned(), ..Origin::default() }
}

fn read_at(record: &str, value: &[u8]) -> Result<Request, Rejection> {
    read(&origin(record), Some(value))
}

const RECORD: &str = "route.new-direction/0/41";

#[test]
fn a_vehicle_tracker_clients_request_twice_is_two_deliveries() {
    let value = br#"{"routeId":"1","clientId":"vX3kq"}"#;
    let first = read_at(RECORD, value).unwrap();
    let second = read_at("route.new-direction/0/42", value).unwrap();
    let names = [first, second].map(|request| delivery(&request, "primeiro", 0, "shop", None).name_any());
    assert_ne!(names[0], names[1]);
    assert!(names.iter().all(|name| name.starts_with("primeiro-")));
}

#[test]
fn a_request_with_an_id_is_one_delivery_wherever_its_record_is() {
    let value = br#"{"routeId":"1","clientId":"a","requestId":"r-1"}"#;
    let first = read_at(RECORD, value).unwrap();
    assert_eq!(first, read_at("route.new-direction/2/7", value).unwrap());
    assert_eq!(first.identity, "r-1");
}

#[test]
fn a_request_for_what_no_delivery_can_have_is_rejected_under_its_identity() {
    let rejection = read_at(RECORD, br#"{"routeId":"1","requestId":"r-1","speedKmh":0}"#).unwrap_err();
    assert_eq!((rejection.refusal.reason(), rejection.request_id.as_deref()), ("InvalidRequest", Some("r-1")));
    let unnamed = read_at(RECORD, br#"{"routeId":"1","intervalMilliseconds":1}"#).unwrap_err();
    assert_eq!(unnamed.request_id.as_deref(), Some(RECORD));
}

/// The judgement of requests and the schema of Deliveries must agree: neither knows the other.
#[test]
fn the_limits_of_a_request_are_those_of_the_spec() {
    let definition = serde_json::to_value(Delivery::crd()).unwrap();
    let limit = |field: &str, name: &str| {
        let place = format!("/spec/versions/0/schema/openAPIV3Schema/properties/spec/properties/{field}/{name}");
        definition.pointer(&place).and_then(serde_json::Value::as_f64).map(|limit| limit.to_string())
    };
    for (field, limits) in [("speedKmh", SPEEDS_KMH), ("intervalMilliseconds", INTERVALS_MILLISECONDS)] {
        assert_eq!(limit(field, "minimum"), Some(limits.start().to_string()), "{field}");
        assert_eq!(limit(field, "maximum"), Some(limits.end().to_string()), "{field}");
    }
    for field in ["courier", "vehicle"] {
        assert_eq!(limit(field, "maxLength"), Some(MAX_NAME.to_string()), "{field}");
    }
}

#[test]
fn a_request_becomes_a_delivery_with_all_that_it_asks_for() {
    let value =
        br#"{"routeId":"1","clientId":"c","requestId":"r","courier":"moto-7","vehicle":"","speedKmh":40,"seed":7}"#;
    let made = delivery(&read_at(RECORD, value).unwrap(), "primeiro", 0, "shop", Some(60));
    let spec = &made.spec;
    assert_eq!(spec.route_ref.as_ref().map(|route| route.name.as_str()), Some("primeiro"));
    assert_eq!((spec.courier.as_deref(), spec.vehicle.as_deref()), (Some("moto-7"), None));
    assert_eq!((spec.speed_kmh, spec.interval_milliseconds, spec.seed), (Some(40), 500, 7));
    assert_eq!(spec.ttl_seconds_after_finished, Some(60));
    assert_eq!(made.annotations()[REQUEST_ID_ANNOTATION], "r");
    assert_eq!(made.annotations()[CLIENT_ID_ANNOTATION], "c");
    made.validate_cel().unwrap();
}

#[test]
fn the_canarys_deliveries_go_soon_after_their_end_whatever_holds_for_others() {
    let made = |courier: &str, ttl| {
        let value = format!(r#"{{"routeId":"1","courier":"{courier}"}}"#);
        let made = delivery(&read_at(RECORD, value.as_bytes()).unwrap(), "primeiro", 0, "shop", ttl);
        made.spec.ttl_seconds_after_finished
    };
    for ttl in [None, Some(3_600)] {
        assert_eq!(made(delivery_messages::deliveries::canary::COURIER, ttl), Some(60));
        assert_eq!(made("moto-7", ttl), ttl);
    }
}

#[test]
fn what_cannot_be_decoded_is_rejected_and_answered() {
    let rejection = read_at(RECORD, br#"{"routeId":1,"requestId":"r-9"}"#).unwrap_err();
    assert_eq!((rejection.refusal.reason(), rejection.request_id.as_deref()), ("MalformedRecord", Some("r-9")));
    let large = vec![b'x'; 2_000_000];
    let rejection = read_at(RECORD, &large).unwrap_err();
    assert_eq!((rejection.refusal.reason(), rejection.request_id), ("MalformedRecord", None));
    assert_eq!(read(&origin(RECORD), None).unwrap_err().refusal.reason(), "EmptyRecord");
}

#[test]
fn the_trace_of_a_request_is_that_of_its_delivery() {
    let given = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    let origin = Origin { trace: Some(given.to_owned()), ..origin(RECORD) };
    let made = delivery(&read(&origin, Some(br#"{"routeId":"1"}"#)).unwrap(), "primeiro", 0, "shop", None);
    assert_eq!(trace::of(&made, "uid"), given);
    let plain = delivery(&read_at(RECORD, br#"{"routeId":"1"}"#).unwrap(), "primeiro", 0, "shop", None);
    assert!(!plain.annotations().contains_key(TRACEPARENT_ANNOTATION));
}

#[test]
fn a_request_that_is_older_than_the_retention_is_rejected() {
    let request = read_at(RECORD, br#"{"routeId":"1"}"#).unwrap();
    assert!(fresh(&request, 10, Some(100), 109).is_ok());
    assert!(fresh(&request, 10, None, Millis::MAX).is_ok());
    assert_eq!(fresh(&request, 10, Some(100), 110).unwrap_err().refusal.reason(), "RequestExpired");
}

#[test]
fn a_record_of_a_broker_whose_clock_was_put_back_came_after_those_before_it() {
    let mut arrivals = Arrivals::default();
    assert_eq!(arrivals.note(0, Some(100)), 0);
    assert_eq!(arrivals.note(0, Some(7)), 100);
    assert_eq!(arrivals.note(0, None), 100);
    assert_eq!(arrivals.note(1, Some(8)), 0, "another partition is another broker's");
    assert_eq!(arrivals.note(0, Some(101)), 100);
}

#[test]
fn fuzzed_requests_become_objects_that_kubernetes_takes_or_are_refused_with_a_sentence() {
    let report = Fuzz::new("request").swollen().run(|input| match read_at(RECORD, input) {
        Ok(request) => {
            for turn in [0, 2] {
                let made = delivery(&request, "primeiro", turn, "shop", None);
                let name = made.name_any();
                let is_of_a_name = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
                assert!(name.len() <= 54 && name.bytes().all(is_of_a_name), "{name}");
                assert_eq!(made.annotations()[REQUEST_ID_ANNOTATION], request.identity);
                let object = serde_json::to_vec(&made).unwrap();
                assert!(object.len() <= 16 * 1_024, "{} bytes", object.len());
                let back: Delivery = serde_json::from_slice(&object).unwrap();
                assert!(matches!(Found::of(Some(back), &request.identity), Found::Ours(_)));
            }
            "request"
        }
        Err(rejection) => {
            let message = rejection.refusal.to_string();
            assert!(message.ends_with('.') && message.len() <= 1_024 && cut(&message, 1_024) == message, "{message}");
            assert!(rejection.request_id.is_none_or(|id| (1..=MAX_REQUEST_ID).contains(&id.chars().count())));
            rejection.refusal.reason()
        }
    });
    report.reached(&["request", "MalformedRecord", "InvalidField"]);
}
