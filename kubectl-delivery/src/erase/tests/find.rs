use super::*;

#[test]
fn a_request_is_found_with_all_its_ids_even_if_it_could_not_be_served() {
    let person = Person::Courier("ana".into());
    let found = |value: &str| ids(&person, "route.new-direction/0/7", value.as_bytes());
    let request = |id: &str| Found::Request(id.to_owned());
    assert_eq!(
        found(r#"{"routeId":"1","courier":"ana","requestId":"r-1"}"#),
        [request("r-1"), request("route.new-direction/0/7")]
    );
    assert_eq!(found(r#"{"routeId":1,"courier":"ana"}"#), [request("route.new-direction/0/7")]);
    assert_eq!(found(r#"{"routeId":"1","courier":"rui"}"#), []);
    assert_eq!(found("ana"), []);
}
