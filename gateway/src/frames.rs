//! The frames that a client gets: `{"event": …, "data": …}` as JSON text.
//!
//! Pure. Each is encoded once and shared as bytes by all clients. What a client sends is for [`crate::incoming`].

use crate::delivery::{Delivery, Phase};
use crate::record::Rejection;
use crate::view::{DeliveryView, LatLng};
use delivery_messages::Millis;
use serde::Serialize;
use tokio_tungstenite::tungstenite::Utf8Bytes;

#[derive(Serialize)]
struct Frame<T> {
    event: &'static str,
    data: T,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Snapshot<'a> {
    /// Where to go on from after a lost connection; none yet.
    cursor: Option<&'a str>,
    deliveries: Vec<DeliveryView<'a>>,
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

/// `snapshot`: where everything stands.
pub fn snapshot<'a>(deliveries: impl Iterator<Item = &'a Delivery>) -> Utf8Bytes {
    encode("snapshot", Snapshot { cursor: None, deliveries: deliveries.map(DeliveryView::from).collect() })
}

/// `delivery`: one that is new, or whose phase changed.
#[must_use]
pub fn delivery(delivery: &Delivery) -> Utf8Bytes {
    encode("delivery", DeliveryView::from(delivery))
}

/// `new-position`: where a vehicle is now; none before its first position.
#[must_use]
pub fn position(delivery: &Delivery) -> Option<Utf8Bytes> {
    let fix = delivery.fix?;
    let position = NewPosition {
        route_id: &delivery.about.route_id,
        position: fix.position.into(),
        finished: fix.finished,
        delivery_id: &delivery.about.delivery_id,
        seq: fix.seq,
        at: fix.at,
        speed: fix.speed,
        heading: fix.heading,
        progress: fix.progress,
        eta: delivery.eta,
    };
    Some(encode("new-position", position))
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
        delivery.fix = Some(testing::fix(3, [178.065, -17.7134]));
        let text = position(&delivery).unwrap();
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
    fn an_empty_snapshot_is_one_too() {
        let frame = read(&snapshot(std::iter::empty()));
        assert_eq!(frame, json!({"event": "snapshot", "data": {"cursor": null, "deliveries": []}}));
    }
}
