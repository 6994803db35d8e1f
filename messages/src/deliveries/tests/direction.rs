use super::*;

#[test]
fn a_vehicle_tracker_clients_request_is_valid() {
    let request = NewDirection::decode(Some(br#"{"routeId":"1","clientId":"vX3kq"}"#)).unwrap();
    assert_eq!(request, NewDirection { route_id: "1".into(), client_id: "vX3kq".into(), ..NewDirection::default() });
}

#[test]
fn a_field_of_a_later_release_is_ignored() {
    let request = NewDirection::decode(Some(br#"{"routeId":"1","clientId":"","priority":9}"#)).unwrap();
    assert_eq!(request.route_id, "1");
}

#[test]
fn what_no_delivery_can_have_is_refused_with_what_it_may_be() {
    let asked = |fields: &str| {
        let request = format!(r#"{{"routeId":"1",{fields}}}"#);
        NewDirection::decode(Some(request.as_bytes())).unwrap().check().map_err(|error| error.to_string())
    };
    let names = |length: usize| format!(r#""courier":"{0}","vehicle":"{0}""#, "\u{e9}".repeat(length));
    for good in [
        r#""speedKmh":1,"intervalMilliseconds":50"#,
        r#""speedKmh":1000,"intervalMilliseconds":60000,"seed":4294967295"#,
        &names(0),
        &names(100),
    ] {
        assert_eq!(asked(good), Ok(()), "{good}");
    }
    for (bad, expected) in [
        (
            r#""speedKmh":0"#,
            "The field speedKmh of a record of route.new-direction is not valid: it is 0; write 1 to 1000, or leave it out.",
        ),
        (r#""speedKmh":1001"#, "it is 1001; write 1 to 1000"),
        (r#""intervalMilliseconds":49"#, "The field intervalMilliseconds of"),
        (r#""intervalMilliseconds":60001"#, "write 50 to 60000"),
        (
            &names(101),
            "The field courier of a record of route.new-direction is not valid: it has 101 characters; at most 100",
        ),
    ] {
        let refused = asked(bad).unwrap_err();
        assert!(refused.contains(expected), "{refused}");
    }
}

#[test]
fn rubbish_is_refused_with_a_stable_reason() {
    let long = format!(r#"{{"routeId":"{}"}}"#, "x".repeat(254));
    for (value, reason) in [
        (None, "EmptyRecord"),
        (Some(&b"no json"[..]), "MalformedRecord"),
        (Some(br#" ["1","vX3kq"]"#), "MalformedRecord"),
        (Some(br#"{"routeId":1}"#), "MalformedRecord"),
        (Some(br#"{"clientId":"a"}"#), "MalformedRecord"),
        (Some(br#"{"routeId":""}"#), "InvalidField"),
        (Some(br#"{"routeId":"1","requestId":""}"#), "InvalidField"),
        (Some(long.as_bytes()), "InvalidField"),
    ] {
        assert_eq!(NewDirection::decode(value).unwrap_err().reason(), reason, "{value:?}");
    }
}
