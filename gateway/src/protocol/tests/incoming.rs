use delivery_fuzz::Fuzz;
use delivery_messages::Action;
use proptest::prelude::*;

use super::*;

#[test]
fn the_vehicle_trackers_frame_is_a_request() {
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
fn notifications_name_recipients_or_none() {
    for ids in [vec!["r1", "r2"], vec![]] {
        let request =
            read(&format!(r#"{{"event":"notifications","data":{{"recipientIds":{}}}}}"#, serde_json::json!(ids)));
        let recipient_ids = ids.into_iter().map(str::to_owned).collect();
        assert_eq!(request.unwrap(), Request::Notifications(Recipients { recipient_ids }));
    }
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
        (r#"["command",{"deliveryId":"d1","action":"cancel"}]"#, "MalformedFrame"),
        (r#"{"event":"command","data":["d1","r1","cancel"]}"#, "InvalidData"),
        (r#"{"event":"filter","data":[["d1"]]}"#, "InvalidFilter"),
        (r#"{"event":"notifications"}"#, "InvalidRecipients"),
        (r#"{"event":"notifications","data":{"recipientIds":"r1"}}"#, "InvalidRecipients"),
        (r#"{"event":"notifications","data":{"recipientIds":[""]}}"#, "InvalidRecipients"),
        (r#"{"event":"notifications","data":{"recipientId":"r1"}}"#, "InvalidRecipients"),
        (r#"{"event":"notifications","data":{"recipientIds":[1]}}"#, "InvalidRecipients"),
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

#[test]
fn fuzzed_frames_are_requests_that_are_the_same_once_written_again_or_are_refused_with_a_sentence() {
    let report = Fuzz::new("client-frame").swollen().run(|input| {
        let Ok(text) = std::str::from_utf8(input) else { return "not text" };
        match read(text) {
            Ok(request) => {
                assert!(text.trim_start().starts_with('{'), "only an object is a frame");
                match request {
                    Request::Start(start) => {
                        assert_eq!(NewDirection::decode(Some(&encode(&start).unwrap())).unwrap(), start);
                        "new-direction"
                    }
                    Request::Command(sent) => {
                        assert_eq!(command(&encode(&sent).unwrap()).unwrap(), sent);
                        "command"
                    }
                    Request::Filter(_) => "filter",
                    Request::Notifications(recipients) => {
                        assert!(recipients.check().is_ok());
                        assert_eq!(object::<Recipients>(&encode(&recipients).unwrap()).unwrap(), recipients);
                        "notifications"
                    }
                }
            }
            Err(error) => {
                let message = error.to_string();
                assert!(message.starts_with("The ") && message.ends_with('.'), "{message}");
                // The client gets it back, so it may quote what the client sent, escaped, but no more.
                assert!(message.len() <= 12 * input.len() + 1_024, "{} bytes", message.len());
                error.reason()
            }
        }
    });
    report.reached(&[
        "new-direction",
        "command",
        "filter",
        "notifications",
        "MalformedFrame",
        "UnknownEvent",
        "InvalidData",
        "InvalidFilter",
        "InvalidRecipients",
    ]);
}
