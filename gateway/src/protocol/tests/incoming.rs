use delivery_messages::Action;
use proptest::prelude::*;

use super::*;

#[test]
fn the_originals_frame_is_a_request() {
    let request = read(r#"{"event":"new-direction","data":{"routeId":"1"}}"#).unwrap();
    assert_eq!(request, Request::Start(NewDirection { route_id: "1".into(), ..NewDirection::default() }));
}

#[test]
fn a_command_names_a_delivery_and_an_action() {
    let request = read(r#"{"event":"command","data":{"deliveryId":"d1","action":"suspend","requestId":"r1"}}"#);
    let expected = Command { delivery_id: "d1".into(), request_id: "r1".into(), action: Action::Suspend };
    assert_eq!(request.unwrap(), Request::Command(expected));
}

#[test]
fn garbage_is_refused_with_a_stable_reason_and_a_sentence() {
    let long = format!(r#"{{"event":"command","data":{{"deliveryId":"{}","action":"cancel"}}}}"#, "x".repeat(254));
    for (text, reason) in [
        ("", "MalformedFrame"),
        (r#"{"event":"filter","data":{"rectangle":[0,1,2]}}"#, "InvalidFilter"),
        (r#"{"event":"filter","data":{"rectangle":[0,1,2,0]}}"#, "InvalidFilter"),
        (r#"{"event":"filter","data":{"courier":["x"]}}"#, "InvalidFilter"),
        ("hello", "MalformedFrame"),
        ("[1]", "MalformedFrame"),
        (r#"{"data":{}}"#, "MalformedFrame"),
        (r#"{"event":"new-position","data":{}}"#, "UnknownEvent"),
        (r#"{"event":"new-direction"}"#, "InvalidData"),
        (r#"{"event":"new-direction","data":{"routeId":""}}"#, "InvalidData"),
        (r#"{"event":"new-direction","data":{"routeId":1}}"#, "InvalidData"),
        (r#"{"event":"new-direction","data":{"routeId":"1","speedKmh":-3}}"#, "InvalidData"),
        (r#"{"event":"command","data":{"deliveryId":"d1","action":"explode"}}"#, "InvalidData"),
        (&long, "InvalidData"),
    ] {
        let error = read(text).unwrap_err();
        assert_eq!(error.reason(), reason, "{text}");
        assert!(error.to_string().ends_with('.') && error.to_string().starts_with("The"), "{error}");
    }
}

proptest! {
    #[test]
    fn any_random_text_is_a_bad_frame(text in any::<String>()) {
        prop_assert!(read(&text).is_err());
    }
}
