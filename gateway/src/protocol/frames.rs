//! The frames that a client receives: `{"event": …, "data": …}` as JSON text.
//!
//! Pure. Each is encoded once and shared as bytes by all clients. What a client sends is left to
//! [`crate::protocol::incoming`].

use std::time::Duration;

use delivery_messages::{Millis, NotificationChanged};
use serde::Serialize;
use serde_json::json;
use tokio_tungstenite::tungstenite::Utf8Bytes;

use crate::model::delivery::{About, Delivery, Phase};
use crate::model::position::Fix;
use crate::model::record::Rejection;
use crate::model::status::Status;
use crate::protocol::recipients::Recipients;
use crate::protocol::view::{DeliveryView, LatLng};

#[derive(Serialize)]
struct Envelope<T> {
    event: &'static str,
    data: T,
}

/// Why a client gets a snapshot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SnapshotReason {
    /// It has just connected.
    Connected,
    /// It has changed its filter.
    Filter,
    /// Its cursor is older than the log's retention.
    TooOld,
    /// Its cursor belongs to another log.
    Mismatch,
    /// It missed a removal.
    Missed,
}

impl SnapshotReason {
    /// The name, as in the frame and in metrics.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Connected => "connected",
            Self::Filter => "filter",
            Self::TooOld => "tooOld",
            Self::Mismatch => "mismatch",
            Self::Missed => "missed",
        }
    }
}

/// The first three fields are those of the vehicle tracker.
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
    #[serde(skip_serializing_if = "Option::is_none")]
    retry_after_seconds: Option<u64>,
}

/// The list of deliveries that snapshots hold.
pub(crate) fn list<'a>(deliveries: impl Iterator<Item = &'a Delivery>) -> String {
    serde_json::to_string(&deliveries.map(DeliveryView::from).collect::<Vec<_>>()).unwrap_or_else(|_| "[]".to_owned())
}

/// What comes before a [`list`] in `snapshot`; [`LIST_END`] comes after it.
pub(crate) fn snapshot_head(why: SnapshotReason, cursor: Option<&str>) -> String {
    // A cursor is base64, so it needs no escapes.
    let cursor = cursor.map_or_else(|| "null".to_owned(), |cursor| format!("\"{cursor}\""));
    format!(r#"{{"event":"snapshot","data":{{"cursor":{cursor},"reason":"{}","deliveries":"#, why.name())
}

/// What comes before a [`list`] in `resumed`; [`LIST_END`] comes after it.
pub(crate) fn resumed_head(cursor: &str) -> String {
    format!(r#"{{"event":"resumed","data":{{"cursor":"{cursor}","deliveries":"#)
}

/// What comes after a [`list`].
pub(crate) const LIST_END: &str = "}}";

/// `delivery`: a new delivery, or one whose phase changed.
pub(crate) fn delivery(delivery: &Delivery) -> Utf8Bytes {
    encode("delivery", DeliveryView::from(delivery))
}

/// The `data` of `new-position`, and an element of `new-positions`: where a vehicle was.
pub(crate) fn position_data(about: &About, fix: &Fix, eta: Option<Millis>) -> String {
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
        eta,
    };
    // Text and numbers: JSON can hold all of them, so the default is never taken.
    serde_json::to_string(&position).unwrap_or_default()
}

/// `new-position` in parts, around the result of [`position_data`].
pub(crate) const fn position(data: &str) -> [&str; 3] {
    [r#"{"event":"new-position","data":"#, data, "}"]
}

/// `new-positions`: the data of several positions, and the cursor after them.
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

/// `heartbeat`: the stream's cursor, for a client that was sent nothing.
pub(crate) fn heartbeat(cursor: &str) -> Utf8Bytes {
    encode("heartbeat", json!({"cursor": cursor}))
}

/// `left`: a vehicle has left the rectangle, or its delivery is gone.
pub(crate) fn left(delivery_id: &str) -> Utf8Bytes {
    encode("left", json!({"deliveryId": delivery_id}))
}

/// `conflated`: how many positions were conflated for the client since the last such frame.
pub(crate) fn conflated(positions: u64) -> Utf8Bytes {
    encode("conflated", json!({"positions": positions}))
}

/// `status`: whether the servers that the gateway needs are available, the fingerprint of the listed routes, and which gateway says so.
pub(crate) fn status(status: Status, routes: u64, replica: &str) -> Utf8Bytes {
    let Status { kafka, delivery_store } = status;
    encode(
        "status",
        // Not as a number: JavaScript's hold 53 bits.
        json!({
            "kafka": kafka.name(),
            "deliveryStore": delivery_store.name(),
            "routes": format!("{routes:016x}"),
            "replica": replica,
        }),
    )
}

/// `reconnect`: the gateway will soon close this connection; the client reconnects at a random moment within that time.
pub(crate) fn reconnect(cursor: Option<&str>, within: Duration, reason: &str) -> Utf8Bytes {
    let within = u64::try_from(within.as_millis()).unwrap_or(u64::MAX);
    encode("reconnect", json!({"cursor": cursor, "withinMilliseconds": within, "reason": reason}))
}

/// `finished` or `cancelled`; none for any other phase.
pub(crate) fn end(delivery: &Delivery) -> Option<Utf8Bytes> {
    match delivery.phase {
        Phase::Finished => Some(encode("finished", Named::of(None, delivery))),
        Phase::Cancelled => Some(encode("cancelled", Named::of(None, delivery))),
        Phase::Accepted | Phase::Running | Phase::Suspended | Phase::Failed => None,
    }
}

/// `accepted`: the request became this delivery.
pub(crate) fn accepted(request_id: &str, delivery: &Delivery) -> Utf8Bytes {
    encode("accepted", Named::of(Some(request_id), delivery))
}

/// `rejected`: the request was rejected.
pub(crate) fn rejected(rejection: &Rejection) -> Utf8Bytes {
    let Rejection { request_id, reason, message } = rejection;
    encode("rejected", Refusal { request_id: Some(request_id), reason, message, retry_after_seconds: None })
}

/// `rejected`: the request was rejected, but can be repeated after this time. A new filter has no id.
pub(crate) fn rejected_for_now(request_id: Option<&str>, reason: &str, message: &str, seconds: u64) -> Utf8Bytes {
    encode("rejected", Refusal { request_id, reason, message, retry_after_seconds: Some(seconds) })
}

/// `notifications`: from now on the client is told of what changes for these recipients.
pub(crate) fn notifications(recipients: &Recipients) -> Utf8Bytes {
    encode("notifications", recipients)
}

/// `notification`: a recipient's notification is new, or was read, marked unread or cancelled. What it says is left to the service.
pub(crate) fn notification(changed: &NotificationChanged) -> Utf8Bytes {
    let NotificationChanged { recipient_id, id, version, read_at, canceled_at, .. } = changed;
    let unread = read_at.is_none() && canceled_at.is_none();
    encode("notification", json!({"recipientId": recipient_id, "id": id, "version": version, "unread": unread}))
}

/// `error`: what the client sent was rejected.
pub(crate) fn error(reason: &str, message: &str) -> Utf8Bytes {
    encode("error", Refusal { request_id: None, reason, message, retry_after_seconds: None })
}

impl<'a> Named<'a> {
    fn of(request_id: Option<&'a str>, delivery: &'a Delivery) -> Self {
        let about = &delivery.about;
        Self { request_id, delivery_id: &about.delivery_id, route_id: &about.route_id, title: &delivery.title }
    }
}

fn encode<T: Serialize>(event: &'static str, data: T) -> Utf8Bytes {
    // Text, numbers and lists of them: JSON can hold all of them, so the other arm is never taken.
    serde_json::to_string(&Envelope { event, data })
        .unwrap_or_else(|_| {
            r#"{"event":"error","data":{"reason":"Internal","message":"A frame was lost."}}"#.to_owned()
        })
        .into()
}

#[cfg(test)]
#[path = "tests/frames.rs"]
mod tests;
