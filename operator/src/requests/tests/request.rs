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
fn the_original_clients_request_twice_is_two_deliveries() {
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
