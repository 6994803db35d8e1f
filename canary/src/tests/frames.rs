use delivery_fuzz::Fuzz;

use super::*;

#[test]
fn the_frames_that_matter_are_read_and_others_are_left_out() {
    let delivery = |phase: &str| Delivery { delivery_id: "d".to_owned(), phase: phase.to_owned() };
    for (text, frame) in [
        (
            r#"{"event":"snapshot","data":{"cursor":"c1","reason":"connected","deliveries":[{"deliveryId":"d","phase":"Running","courier":"x"}]}}"#,
            Frame::Listing { cursor: Some("c1".to_owned()), deliveries: vec![delivery("Running")] },
        ),
        (
            r#"{"event":"resumed","data":{"cursor":"c2","deliveries":[]}}"#,
            Frame::Listing { cursor: Some("c2".to_owned()), deliveries: Vec::new() },
        ),
        (r#"{"event":"delivery","data":{"deliveryId":"d","phase":"Failed"}}"#, Frame::Delivery(delivery("Failed"))),
        (
            r#"{"event":"accepted","data":{"requestId":"r","deliveryId":"d","routeId":"2","title":"Segundo"}}"#,
            Frame::Accepted { request_id: "r".to_owned(), delivery_id: "d".to_owned() },
        ),
        (
            r#"{"event":"new-position","data":{"routeId":"2","position":[1.0,2.0],"finished":true,"deliveryId":"d","seq":7,"at":9,"eta":null}}"#,
            Frame::Position(Position { delivery_id: "d".to_owned(), seq: 7, at: 9, finished: true }),
        ),
        (
            r#"{"event":"finished","data":{"deliveryId":"d","routeId":"2","title":"Segundo"}}"#,
            Frame::Finished { delivery_id: "d".to_owned() },
        ),
        (r#"{"event":"heartbeat","data":{"cursor":"c3"}}"#, Frame::Heartbeat { cursor: "c3".to_owned() }),
        (
            r#"{"event":"reconnect","data":{"cursor":null,"withinMilliseconds":5,"reason":"draining"}}"#,
            Frame::Reconnect { cursor: None },
        ),
        (r#"{"event":"status","data":{"kafka":"available"}}"#, Frame::Other),
        (r#"{"event":"something-new"}"#, Frame::Other),
    ] {
        assert_eq!(read(text), Ok(frame), "{text}");
    }
    assert_eq!(read(r#"{"event":"heartbeat","data":{"cursor":"c3"}}"#).unwrap().cursor(), Some("c3"));
}

#[test]
fn what_is_no_frame_is_a_failure_of_bounded_length() {
    let long = format!(r#"{{"event":"new-position","data":{{"deliveryId":"d","seq":"{}"}}}}"#, "9".repeat(5_000));
    for text in ["no json", "[]", r#"{"data":{}}"#, r#"{"event":"finished","data":{}}"#, &long] {
        let failure = read(text).unwrap_err();
        assert_eq!(failure.reason(), "bad-frame", "{text}");
        assert!(failure.to_string().chars().count() < 300, "{failure}");
    }
}

#[test]
fn what_has_ended_is_not_under_way() {
    for (phase, is_under_way) in
        [("Accepted", true), ("Running", true), ("Suspended", true), ("Finished", false), ("Cancelled", false)]
    {
        let delivery = Delivery { delivery_id: "d".to_owned(), phase: phase.to_owned() };
        assert_eq!(delivery.is_under_way(), is_under_way, "{phase}");
    }
}

#[test]
fn a_reason_and_a_message_of_any_length_are_cut() {
    let long = "é".repeat(1_000_000);
    let text = serde_json::json!({"event": "rejected", "data": {"reason": long, "message": long}}).to_string();
    let Frame::Rejected { reason, message, .. } = read(&text).unwrap() else { panic!("another frame") };
    assert_eq!((reason.chars().count(), message.chars().count()), (MAX_QUOTED, MAX_QUOTED));
}

#[test]
fn fuzzed_frames_are_read_or_are_a_failure_of_bounded_length() {
    let report = Fuzz::new("frame").memory_per_byte(1_024).run(|input| {
        // The library has checked that a text is UTF-8.
        let text = String::from_utf8_lossy(input);
        match read(&text) {
            Ok(Frame::Listing { .. }) => "listing",
            Ok(Frame::Delivery(_)) => "delivery",
            Ok(Frame::Accepted { .. }) => "accepted",
            Ok(Frame::Rejected { reason, message, .. }) => {
                assert!(reason.chars().count() <= MAX_QUOTED && message.chars().count() <= MAX_QUOTED);
                "rejected"
            }
            Ok(Frame::Position(_)) => "position",
            Ok(Frame::Finished { .. }) => "finished",
            Ok(Frame::Cancelled { .. }) => "cancelled",
            Ok(Frame::Heartbeat { .. }) => "heartbeat",
            Ok(Frame::Reconnect { .. }) => "reconnect",
            Ok(Frame::Other) => "other",
            Err(failure) => {
                assert!(failure.to_string().chars().count() < 300, "{failure}");
                failure.reason()
            }
        }
    });
    report.reached(&[
        "listing",
        "delivery",
        "accepted",
        "rejected",
        "position",
        "finished",
        "cancelled",
        "heartbeat",
        "reconnect",
        "other",
        "bad-frame",
    ]);
}
