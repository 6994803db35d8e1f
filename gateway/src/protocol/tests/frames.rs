use serde_json::{Value, json};

use super::*;
use crate::protocol::encoded_position::EncodedPosition;
use crate::testing;

fn read(text: &Utf8Bytes) -> Value {
    serde_json::from_str(text).unwrap()
}

#[test]
fn a_position_begins_as_the_vehicle_trackers_with_latitude_first() {
    let mut delivery = testing::delivery("d1");
    delivery.eta = Some(testing::NOW + 60_000);
    let data = position_data(&delivery.about, &testing::fix(3, [178.065, -17.7134]), delivery.eta);
    let text = Utf8Bytes::from(position(&data).concat());
    assert!(
        text.starts_with(
            r#"{"event":"new-position","data":{"routeId":"1","position":[-17.7134,178.065],"finished":false,"#
        ),
        "{text}"
    );
    let data = &read(&text)["data"];
    assert_eq!(data["deliveryId"], "d1");
    assert_eq!(data["eta"], testing::NOW + 60_000);
    assert!(data.get("clientId").is_none());
}

#[test]
fn an_end_names_the_delivery_and_only_an_arrival_or_a_cancellation_has_one() {
    for (phase, event) in [(Phase::Finished, "finished"), (Phase::Cancelled, "cancelled")] {
        let text = end(&Delivery { phase, ..testing::delivery("d1") }).unwrap();
        let expected = json!({"event": event, "data": {"deliveryId": "d1", "routeId": "1", "title": "Primeiro"}});
        assert_eq!(read(&text), expected);
    }
    assert!(end(&Delivery { phase: Phase::Failed, ..testing::delivery("d1") }).is_none());
}

#[test]
fn a_reply_carries_the_requests_id() {
    let data = &read(&accepted("r1", &testing::delivery("d1")))["data"];
    assert_eq!(*data, json!({"requestId": "r1", "deliveryId": "d1", "routeId": "1", "title": "Primeiro"}));
    let rejection = Rejection { request_id: "r2".into(), reason: "UnknownRoute".into(), message: "No.".into() };
    let data = &read(&rejected(&rejection))["data"];
    assert_eq!(*data, json!({"requestId": "r2", "reason": "UnknownRoute", "message": "No."}));
    let data = &read(&error("MalformedFrame", "No."))["data"];
    assert_eq!(*data, json!({"reason": "MalformedFrame", "message": "No."}));
}

#[test]
fn a_snapshot_consists_of_head_list_and_end() {
    let text = format!("{}{}{LIST_END}", snapshot_head(SnapshotReason::TooOld, Some("abc")), list(std::iter::empty()));
    let frame: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(frame, json!({"event": "snapshot", "data": {"cursor": "abc", "reason": "tooOld", "deliveries": []}}));
    let delivery = testing::delivery("d1");
    let text = format!(
        "{}{}{LIST_END}",
        snapshot_head(SnapshotReason::Connected, None),
        list([&delivery, &delivery].into_iter())
    );
    let frame: Value = serde_json::from_str(&text).unwrap();
    assert_eq!((&frame["data"]["cursor"], &frame["data"]["deliveries"][1]["deliveryId"]), (&json!(null), &json!("d1")));
    let text = format!("{}{}{LIST_END}", resumed_head("abc"), list(std::iter::empty()));
    let frame: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(frame, json!({"event": "resumed", "data": {"cursor": "abc", "deliveries": []}}));
}

#[test]
fn a_batch_holds_the_data_of_its_positions() {
    let delivery = testing::delivery("d1");
    let moved: Vec<_> =
        (0..2).map(|seq| EncodedPosition::new(&delivery, testing::fix(seq, [1.5, 2.5]), None)).collect();
    for (cursor, expected) in [(Some("abc"), json!("abc")), (None, json!(null))] {
        let frame = read(&positions(moved.iter().map(EncodedPosition::data), cursor));
        assert_eq!(frame["event"], "new-positions");
        assert_eq!(frame["data"]["cursor"], expected);
        let single: Vec<Value> = moved.iter().map(|moved| serde_json::from_str(moved.data()).unwrap()).collect();
        assert_eq!(frame["data"]["positions"], json!(single));
    }
    assert_eq!(read(&positions(std::iter::empty(), None))["data"]["positions"], json!([]));
}

#[test]
fn a_changed_notification_names_its_recipient_and_says_nothing_of_its_content() {
    let changed = testing::changed("n1", "r1", 3);
    let expected = |unread: bool| {
        let data = json!({"recipientId": "r1", "id": "n1", "version": 3, "unread": unread});
        json!({"event": "notification", "data": data})
    };
    assert_eq!(read(&notification(&changed)), expected(true));
    let seen = NotificationChanged { read_at: Some(testing::NOW), ..changed.clone() };
    assert_eq!(read(&notification(&seen)), expected(false));
    let canceled = NotificationChanged { canceled_at: Some(testing::NOW), ..changed };
    assert_eq!(read(&notification(&canceled)), expected(false));
}

#[test]
fn the_small_frames_have_their_event_and_data() {
    let within = Duration::from_millis(200);
    for (text, event, data) in [
        (heartbeat("abc"), "heartbeat", json!({"cursor": "abc"})),
        (left("d1"), "left", json!({"deliveryId": "d1"})),
        (conflated(7), "conflated", json!({"positions": 7})),
        (
            status(Status::default(), 0xab, "gateway-1"),
            "status",
            json!({
                "kafka": "available",
                "deliveryStore": "available",
                "routes": "00000000000000ab",
                "replica": "gateway-1",
            }),
        ),
        (
            reconnect(Some("abc"), within, "fellOff"),
            "reconnect",
            json!({"cursor": "abc", "withinMilliseconds": 200, "reason": "fellOff"}),
        ),
        (
            notifications(&Recipients { recipient_ids: vec!["r1".to_owned()] }),
            "notifications",
            json!({"recipientIds": ["r1"]}),
        ),
    ] {
        assert_eq!(read(&text), json!({"event": event, "data": data}));
    }
}
