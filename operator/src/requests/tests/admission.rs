use super::*;
use crate::base::config::tests::example;
use crate::requests::request::{Origin, read};

const RECORD: &str = "route.new-direction/0/41";

#[test]
fn one_too_many_is_rejected_with_the_limit() {
    let origin = Origin { record: RECORD.to_owned(), ..Origin::default() };
    let request = read(&origin, Some(br#"{"routeId":"1","clientId":"a"}"#)).unwrap();
    let limits = example().requests;
    assert!(admit(&request, Active { all: 2, of_client: 1 }, &limits).is_ok());
    let in_all = admit(&request, Active { all: 3, of_client: 0 }, &limits).unwrap_err();
    assert!(in_all.refusal.to_string().contains("the maximum is 3"), "{}", in_all.refusal);
    let of_client = admit(&request, Active { all: 2, of_client: 2 }, &limits).unwrap_err();
    assert_eq!(of_client.refusal.reason(), "TooManyActive");
    assert!(of_client.refusal.to_string().contains("This client"), "{}", of_client.refusal);
    assert_eq!(of_client.request_id.as_deref(), Some(RECORD));
}

fn running(name: &str, client: &str, phase: &str) -> Arc<GuardedDelivery> {
    let manifest = format!(
        "{{ apiVersion: codedelivery.dev/v1alpha1, kind: Delivery, metadata: {{ name: {name}, annotations: {{ {CLIENT_ID_ANNOTATION}: {client} }} }}, spec: {{}}, status: {{ phase: {phase} }} }}"
    );
    Arc::new(serde_yaml::from_str(&manifest).unwrap())
}

#[test]
fn deliveries_that_the_watch_has_not_returned_yet_count_once() {
    let deliveries = [running("a", "me", "Running"), running("b", "me", "Finished"), running("c", "you", "Pending")];
    let mut recent = Clients::default();
    assert_eq!(count(&mut recent, "me", &deliveries), Active { all: 2, of_client: 1 });
    for name in ["d", "a"] {
        recent.insert(name.to_owned(), ("me".to_owned(), Instant::now()));
    }
    assert_eq!(count(&mut recent, "me", &deliveries), Active { all: 3, of_client: 2 });
    assert_eq!(count(&mut recent, "", &deliveries), Active { all: 3, of_client: 0 }, "a client without an id has none");
}

#[test]
fn deliveries_that_are_created_at_the_same_time_know_of_each_other() {
    let origin = Origin { record: RECORD.to_owned(), ..Origin::default() };
    let request = read(&origin, Some(br#"{"routeId":"1","clientId":"a"}"#)).unwrap();
    let (recent, limits) = (Recent::default(), Requests { max_active: 1, ..example().requests });
    recent.admit(&request, "first", Vec::new, &limits).unwrap();
    assert!(recent.admit(&request, "second", Vec::new, &limits).is_err(), "the first may be created by now");
    recent.admit(&request, "first", Vec::new, &limits).expect("another attempt is not another delivery");
    recent.forget("first");
    recent.admit(&request, "second", Vec::new, &limits).expect("the first was refused");
}

#[test]
fn a_delivery_that_the_watch_returns_while_a_request_is_admitted_counts() {
    let origin = Origin { record: RECORD.to_owned(), ..Origin::default() };
    let request = read(&origin, Some(br#"{"routeId":"1","clientId":"a"}"#)).unwrap();
    let (recent, limits) = (Recent::default(), Requests { max_active: 1, ..example().requests });
    recent.admit(&request, "first", Vec::new, &limits).unwrap();
    let returned = || {
        assert!(recent.0.try_lock().is_err(), "no other request can take the first for returned meanwhile");
        vec![running("first", "me", "Running")]
    };
    assert!(recent.admit(&request, "second", returned, &limits).is_err());
}
