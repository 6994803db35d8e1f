//! A decoder of the gateway's text frames, as far as this program needs them, written from docs/protocol.md. Pure.

use std::sync::Arc;

use serde::{Deserialize, Deserializer};

use super::ledger::{Fix, Phase, Summary, coordinates};

/// A delivery as the gateway lists it.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct DeliveryView {
    #[serde(deserialize_with = "shared")]
    pub(crate) delivery_id: Arc<str>,
    pub(crate) phase: Phase,
    /// The number of its newest position.
    #[serde(default)]
    pub(crate) seq: Option<u64>,
    /// `[lat, lng]` of that.
    #[serde(default)]
    pub(crate) position: Option<[f64; 2]>,
    /// Its number in binary frames of this replica.
    #[serde(default)]
    pub(crate) number: Option<u64>,
    /// `[lng, lat]` that offsets in binary frames are relative to.
    #[serde(default)]
    pub(crate) origin: Option<[f64; 2]>,
}

impl DeliveryView {
    /// What a ledger needs of it.
    #[must_use]
    pub(crate) fn summary(&self) -> Summary {
        let fix =
            self.seq.zip(self.position).map(|(seq, [lat, lng])| Fix { seq, coordinates: coordinates([lng, lat]) });
        Summary { id: Arc::clone(&self.delivery_id), phase: self.phase, fix }
    }
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Position {
    /// The delivery.
    #[serde(deserialize_with = "shared")]
    pub(crate) delivery_id: Arc<str>,
    /// Its number.
    pub(crate) seq: u64,
    /// `[lat, lng]` in degrees.
    #[serde(rename = "position")]
    pub(crate) at: [f64; 2],
}

impl Position {
    /// What a ledger needs of it.
    #[must_use]
    pub(crate) fn fix(&self) -> Fix {
        let [lat, lng] = self.at;
        Fix { seq: self.seq, coordinates: coordinates([lng, lat]) }
    }
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Frame {
    /// The stream starts over.
    Snapshot { cursor: Option<String>, reason: String, deliveries: Vec<DeliveryView> },
    /// The stream continues from the given cursor.
    Resumed { cursor: Option<String>, deliveries: Vec<DeliveryView> },
    /// A delivery is new, or its phase changed.
    Delivery(DeliveryView),
    /// One or more positions.
    Positions { positions: Vec<Position>, cursor: Option<String> },
    /// A delivery ended.
    Ended { delivery_id: Arc<str>, phase: Phase },
    /// The stream has reached this cursor.
    Heartbeat { cursor: Option<String> },
    /// The gateway asks the client to reconnect.
    Reconnect { cursor: Option<String>, within_milliseconds: u64 },
    /// A request became a delivery.
    Accepted { request_id: String },
    /// A request was rejected.
    Rejected { request_id: String, reason: String },
    /// Anything else.
    Other(String),
}

fn shared<'de, D: Deserializer<'de>>(input: D) -> Result<Arc<str>, D::Error> {
    String::deserialize(input).map(Into::into)
}

#[derive(Deserialize)]
struct Head {
    event: String,
}

#[derive(Deserialize)]
struct Body<T> {
    data: T,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Listed {
    #[serde(default)]
    cursor: Option<String>,
    #[serde(default)]
    reason: Option<String>,
    deliveries: Vec<DeliveryView>,
}

#[derive(Deserialize)]
struct Batch {
    positions: Vec<Position>,
    #[serde(default)]
    cursor: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Named {
    #[serde(deserialize_with = "shared")]
    delivery_id: Arc<str>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct CursorOnly {
    #[serde(default)]
    cursor: Option<String>,
    #[serde(default)]
    within_milliseconds: u64,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Answer {
    request_id: String,
    #[serde(default)]
    reason: String,
}

fn body<'a, T: Deserialize<'a>>(text: &'a str) -> Result<T, serde_json::Error> {
    Ok(serde_json::from_str::<Body<T>>(text)?.data)
}

/// Reads a text frame.
///
/// # Errors
/// When the data does not fit the event.
pub(crate) fn read(text: &str) -> Result<Frame, serde_json::Error> {
    let Head { event } = serde_json::from_str(text)?;
    let ended = |phase| body::<Named>(text).map(|Named { delivery_id }| Frame::Ended { delivery_id, phase });
    Ok(match event.as_str() {
        "new-position" => Frame::Positions { positions: vec![body(text)?], cursor: None },
        "new-positions" => {
            let Batch { positions, cursor } = body(text)?;
            Frame::Positions { positions, cursor }
        }
        "delivery" => Frame::Delivery(body(text)?),
        "snapshot" => {
            let Listed { cursor, reason, deliveries } = body(text)?;
            Frame::Snapshot { cursor, reason: reason.unwrap_or_default(), deliveries }
        }
        "resumed" => {
            let Listed { cursor, deliveries, .. } = body(text)?;
            Frame::Resumed { cursor, deliveries }
        }
        "finished" => ended(Phase::Finished)?,
        "cancelled" => ended(Phase::Cancelled)?,
        "heartbeat" => Frame::Heartbeat { cursor: body::<CursorOnly>(text)?.cursor },
        "reconnect" => {
            let CursorOnly { cursor, within_milliseconds } = body(text)?;
            Frame::Reconnect { cursor, within_milliseconds }
        }
        "accepted" => Frame::Accepted { request_id: body::<Answer>(text)?.request_id },
        "rejected" => {
            let Answer { request_id, reason } = body(text)?;
            Frame::Rejected { request_id, reason }
        }
        _ => Frame::Other(event),
    })
}

#[cfg(test)]
#[path = "tests/frames.rs"]
mod tests;
