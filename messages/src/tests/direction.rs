use super::*;

#[test]
fn the_original_clients_request_is_valid() {
    let request = NewDirection::decode(Some(br#"{"routeId":"1","clientId":"vX3kq"}"#)).unwrap();
    assert_eq!(request, NewDirection { route_id: "1".into(), client_id: "vX3kq".into(), ..NewDirection::default() });
}

#[test]
fn a_field_of_a_later_release_is_ignored() {
    let request = NewDirection::decode(Some(br#"{"routeId":"1","clientId":"","priority":9}"#)).unwrap();
    assert_eq!(request.route_id, "1");
}

#[test]
fn rubbish_is_refused_with_a_stable_reason() {
    let long = format!(r#"{{"routeId":"{}"}}"#, "x".repeat(254));
    for (value, reason) in [
        (None, "EmptyRecord"),
        (Some(&b"no json"[..]), "MalformedRecord"),
        (Some(br#"{"routeId":1}"#), "MalformedRecord"),
        (Some(br#"{"clientId":"a"}"#), "MalformedRecord"),
        (Some(br#"{"routeId":""}"#), "InvalidField"),
        (Some(br#"{"routeId":"1","requestId":""}"#), "InvalidField"),
        (Some(long.as_bytes()), "InvalidField"),
    ] {
        assert_eq!(NewDirection::decode(value).unwrap_err().reason(), reason, "{value:?}");
    }
}
