//! The frames that a client gets: `{"event": …, "data": …}` as JSON text.
//!
//! Pure. Each is encoded once and shared as bytes by all clients. What a client sends is for [`crate::incoming`].

use crate::delivery::{Delivery, Phase};
use crate::moved::Moved;
use crate::record::Rejection;
use crate::status::Status;
use crate::view::{DeliveryView, LatLng};
use delivery_messages::Millis;
use serde::Serialize;
use serde_json::json;
use std::time::Duration;
use tokio_tungstenite::tungstenite::Utf8Bytes;

#[derive(Serialize)]
struct Frame<T> {
    event: &'static str,
    data: T,
}

/// What comes before the `data` of a position's frame.
const POSITION_HEAD: &str = r#"{"event":"new-position","data":"#;

/// Why a client gets a snapshot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// It has connected.
    Connected,
    /// It has changed its filter.
    Filter,
    /// Its cursor is older than what the log keeps.
    TooOld,
    /// Its cursor is of another log.
    Mismatch,
    /// Something is gone that it did not hear of in time.
    Missed,
}

impl Why {
    /// The name, as in the frame and in metrics.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Connected => "connected",
            Self::Filter => "filter",
            Self::TooOld => "tooOld",
            Self::Mismatch => "mismatch",
            Self::Missed => "missed",
        }
    }
}

/// The first three fields are the original's.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct NewPosition<'a> {
    route_id: &'a str,
    position: LatLng,
    finished: bool,
    delivery_id: &'a str,
    seq: u64,
    at: Millis,
    speed: f64,
    heading: f64,
    progress: f64,
    eta: Option<Millis>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Named<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    request_id: Option<&'a str>,
    delivery_id: &'a str,
    route_id: &'a str,
    title: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Refusal<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    request_id: Option<&'a str>,
    reason: &'a str,
    message: &'a str,
}

/// The list of deliveries that snapshots hold.
pub fn list<'a>(deliveries: impl Iterator<Item = &'a Delivery>) -> String {
    serde_json::to_string(&deliveries.map(DeliveryView::from).collect::<Vec<_>>()).unwrap_or_else(|_| "[]".to_owned())
}

/// What comes before a [`list`] in `snapshot`; [`LIST_END`] comes after it.
#[must_use]
pub fn snapshot_head(why: Why, cursor: Option<&str>) -> String {
    // A cursor is base64, so it needs no escapes.
    let cursor = cursor.map_or_else(|| "null".to_owned(), |cursor| format!("\"{cursor}\""));
    format!(r#"{{"event":"snapshot","data":{{"cursor":{cursor},"reason":"{}","deliveries":"#, why.name())
}

/// What comes before a [`list`] in `resumed`; [`LIST_END`] comes after it.
#[must_use]
pub fn resumed_head(cursor: &str) -> String {
    format!(r#"{{"event":"resumed","data":{{"cursor":"{cursor}","deliveries":"#)
}

/// What comes after a [`list`].
pub const LIST_END: &str = "}}";

/// `delivery`: one that is new, or whose phase changed.
#[must_use]
pub fn delivery(delivery: &Delivery) -> Utf8Bytes {
    encode("delivery", DeliveryView::from(delivery))
}

/// `new-position`: where a vehicle was.
#[must_use]
pub fn position(moved: &Moved) -> Utf8Bytes {
    let (about, fix) = (&moved.about, &moved.fix);
    let position = NewPosition {
        route_id: &about.route_id,
        position: fix.position.into(),
        finished: fix.finished,
        delivery_id: &about.delivery_id,
        seq: fix.seq,
        at: fix.at,
        speed: fix.speed,
        heading: fix.heading,
        progress: fix.progress,
        eta: moved.eta,
    };
    encode("new-position", position)
}

/// The `data` of a frame that [`position`] made.
#[must_use]
pub fn data_of_position(frame: &str) -> &str {
    frame.strip_prefix(POSITION_HEAD).and_then(|rest| rest.strip_suffix('}')).unwrap_or("{}")
}

/// `new-positions`: the data of several positions, and where the stream stands after them.
#[must_use]
pub fn positions<'a>(data: impl Iterator<Item = &'a str>, cursor: Option<&str>) -> Utf8Bytes {
    let mut text = r#"{"event":"new-positions","data":{"positions":["#.to_owned();
    for (place, data) in data.enumerate() {
        if place > 0 {
            text.push(',');
        }
        text.push_str(data);
    }
    text.push_str("],\"cursor\":");
    match cursor {
        Some(cursor) => text.extend(["\"", cursor, "\""]),
        None => text.push_str("null"),
    }
    text.push_str("}}");
    text.into()
}

/// `heartbeat`: where the stream stands, for who has been sent nothing.
#[must_use]
pub fn heartbeat(cursor: &str) -> Utf8Bytes {
    encode("heartbeat", json!({"cursor": cursor}))
}

/// `left`: a vehicle has moved out of the rectangle, or its delivery is not there any more.
#[must_use]
pub fn left(delivery_id: &str) -> Utf8Bytes {
    encode("left", json!({"deliveryId": delivery_id}))
}

/// `conflated`: how many positions the client has been spared since it was last told.
#[must_use]
pub fn conflated(positions: u64) -> Utf8Bytes {
    encode("conflated", json!({"positions": positions}))
}

/// `status`: whether the servers that the gateway needs are there.
#[must_use]
pub fn status(status: Status) -> Utf8Bytes {
    encode("status", json!({"kafka": status.kafka.name(), "history": status.history.name()}))
}

/// `reconnect`: the gateway is about to close this connection; connect again, at a random moment within that time.
#[must_use]
pub fn reconnect(cursor: Option<&str>, within: Duration, reason: &str) -> Utf8Bytes {
    let within = u64::try_from(within.as_millis()).unwrap_or(u64::MAX);
    encode("reconnect", json!({"cursor": cursor, "withinMilliseconds": within, "reason": reason}))
}

/// `finished` or `cancelled`; none for any other phase.
#[must_use]
pub fn end(delivery: &Delivery) -> Option<Utf8Bytes> {
    match delivery.phase {
        Phase::Finished => Some(encode("finished", Named::of(None, delivery))),
        Phase::Cancelled => Some(encode("cancelled", Named::of(None, delivery))),
        Phase::Accepted | Phase::Running | Phase::Suspended | Phase::Failed => None,
    }
}

/// `accepted`: the request became this delivery.
#[must_use]
pub fn accepted(request_id: &str, delivery: &Delivery) -> Utf8Bytes {
    encode("accepted", Named::of(Some(request_id), delivery))
}

/// `rejected`: the request is not served.
#[must_use]
pub fn rejected(rejection: &Rejection) -> Utf8Bytes {
    let Rejection { request_id, reason, message } = rejection;
    encode("rejected", Refusal { request_id: Some(request_id), reason, message })
}

/// `error`: what the client sent cannot be understood.
#[must_use]
pub fn error(reason: &str, message: &str) -> Utf8Bytes {
    encode("error", Refusal { request_id: None, reason, message })
}

impl<'a> Named<'a> {
    fn of(request_id: Option<&'a str>, delivery: &'a Delivery) -> Self {
        let about = &delivery.about;
        Self { request_id, delivery_id: &about.delivery_id, route_id: &about.route_id, title: &delivery.title }
    }
}

fn encode<T: Serialize>(event: &'static str, data: T) -> Utf8Bytes {
    // Text, numbers and lists of them: JSON can hold every one of these, so the other arm is never taken.
    serde_json::to_string(&Frame { event, data })
        .unwrap_or_else(|_| {
            r#"{"event":"error","data":{"reason":"Internal","message":"A frame was lost."}}"#.to_owned()
        })
        .into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing;
    use serde_json::{Value, json};

    fn read(text: &Utf8Bytes) -> Value {
        serde_json::from_str(text).unwrap()
    }

    #[test]
    fn a_position_begins_as_the_original_did_with_latitude_first() {
        let mut delivery = testing::delivery("d1");
        delivery.eta = Some(testing::NOW + 60_000);
        let text = position(&Moved::new(&delivery, testing::fix(3, [178.065, -17.7134]), None));
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
    fn an_answer_carries_the_requests_id() {
        let data = &read(&accepted("r1", &testing::delivery("d1")))["data"];
        assert_eq!(*data, json!({"requestId": "r1", "deliveryId": "d1", "routeId": "1", "title": "Primeiro"}));
        let rejection = Rejection { request_id: "r2".into(), reason: "UnknownRoute".into(), message: "No.".into() };
        let data = &read(&rejected(&rejection))["data"];
        assert_eq!(*data, json!({"requestId": "r2", "reason": "UnknownRoute", "message": "No."}));
        let data = &read(&error("MalformedFrame", "No."))["data"];
        assert_eq!(*data, json!({"reason": "MalformedFrame", "message": "No."}));
    }

    #[test]
    fn a_snapshot_is_put_together_from_its_list() {
        let text = format!("{}{}{LIST_END}", snapshot_head(Why::TooOld, Some("abc")), list(std::iter::empty()));
        let frame: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(
            frame,
            json!({"event": "snapshot", "data": {"cursor": "abc", "reason": "tooOld", "deliveries": []}})
        );
        let delivery = testing::delivery("d1");
        let text =
            format!("{}{}{LIST_END}", snapshot_head(Why::Connected, None), list([&delivery, &delivery].into_iter()));
        let frame: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(
            (&frame["data"]["cursor"], &frame["data"]["deliveries"][1]["deliveryId"]),
            (&json!(null), &json!("d1"))
        );
        let text = format!("{}{}{LIST_END}", resumed_head("abc"), list(std::iter::empty()));
        let frame: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(frame, json!({"event": "resumed", "data": {"cursor": "abc", "deliveries": []}}));
    }

    #[test]
    fn a_batch_holds_the_data_of_its_positions() {
        let delivery = testing::delivery("d1");
        let moved: Vec<_> = (0..2).map(|seq| Moved::new(&delivery, testing::fix(seq, [1.5, 2.5]), None)).collect();
        for (cursor, expected) in [(Some("abc"), json!("abc")), (None, json!(null))] {
            let frame = read(&positions(moved.iter().map(Moved::data), cursor));
            assert_eq!(frame["event"], "new-positions");
            assert_eq!(frame["data"]["cursor"], expected);
            let single: Vec<Value> = moved.iter().map(|moved| read(moved.text())["data"].clone()).collect();
            assert_eq!(frame["data"]["positions"], json!(single));
        }
        assert_eq!(read(&positions(std::iter::empty(), None))["data"]["positions"], json!([]));
    }

    #[test]
    fn the_small_frames_say_what_they_should() {
        let within = Duration::from_millis(200);
        for (text, event, data) in [
            (heartbeat("abc"), "heartbeat", json!({"cursor": "abc"})),
            (left("d1"), "left", json!({"deliveryId": "d1"})),
            (conflated(7), "conflated", json!({"positions": 7})),
            (
                reconnect(Some("abc"), within, "fellOff"),
                "reconnect",
                json!({"cursor": "abc", "withinMilliseconds": 200, "reason": "fellOff"}),
            ),
        ] {
            assert_eq!(read(&text), json!({"event": event, "data": data}));
        }
    }
}
