//! The gateway's frames, as far as the canary needs them. Pure.

use delivery_messages::Millis;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::failure::Failure;

/// The phases of a delivery that has ended.
const ENDED: [&str; 3] = ["Finished", "Cancelled", "Failed"];

/// The longest text of a reader's message or of a rejection in a failure, in characters.
const MAX_QUOTED: usize = 200;

#[derive(Deserialize)]
struct Envelope {
    event: String,
    #[serde(default)]
    data: Value,
}

/// A delivery, as in a snapshot or a frame of its own.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Delivery {
    pub(crate) delivery_id: String,
    pub(crate) phase: String,
}

impl Delivery {
    /// Whether it has not ended.
    pub(crate) fn is_under_way(&self) -> bool {
        !ENDED.contains(&self.phase.as_str())
    }
}

/// A position: what is checked of it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Position {
    pub(crate) delivery_id: String,
    pub(crate) seq: u64,
    /// When it was due.
    pub(crate) at: Millis,
    /// Whether it is the last one.
    pub(crate) finished: bool,
}

/// One frame.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Frame {
    /// `snapshot` or `resumed`: all deliveries.
    Listing { cursor: Option<String>, deliveries: Vec<Delivery> },
    /// One delivery, new or changed.
    Delivery(Delivery),
    /// A request has become a delivery.
    Accepted { request_id: String, delivery_id: String },
    /// A request was refused.
    Rejected { request_id: Option<String>, reason: String, message: String },
    /// Where a vehicle was.
    Position(Position),
    /// A delivery has arrived.
    Finished { delivery_id: String },
    /// A delivery was cancelled.
    Cancelled { delivery_id: String },
    /// How far the log has been sent.
    Heartbeat { cursor: String },
    /// The gateway is about to close the connection.
    Reconnect { cursor: Option<String> },
    /// Everything else.
    Other,
}

impl Frame {
    /// Where to resume after this frame, if it says so.
    pub(crate) fn cursor(&self) -> Option<&str> {
        match self {
            Self::Listing { cursor, .. } | Self::Reconnect { cursor } => cursor.as_deref(),
            Self::Heartbeat { cursor } => Some(cursor),
            _ => None,
        }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Listing {
    cursor: Option<String>,
    deliveries: Vec<Delivery>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Accepted {
    request_id: String,
    delivery_id: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Rejected {
    request_id: Option<String>,
    reason: String,
    message: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Named {
    delivery_id: String,
}

#[derive(Deserialize)]
struct Cursor {
    cursor: Option<String>,
}

/// Reads a frame.
///
/// An error when it is not JSON of the form of its event. Unknown events and fields are left out, because new ones may be added.
pub(crate) fn read(text: &str) -> Result<Frame, Failure> {
    let Envelope { event, data } = serde_json::from_str(text).map_err(|error| bad(&error))?;
    Ok(match event.as_str() {
        "snapshot" | "resumed" => {
            let Listing { cursor, deliveries } = of(data)?;
            Frame::Listing { cursor, deliveries }
        }
        "delivery" => Frame::Delivery(of(data)?),
        "accepted" => {
            let Accepted { request_id, delivery_id } = of(data)?;
            Frame::Accepted { request_id, delivery_id }
        }
        "rejected" => {
            let Rejected { request_id, reason, message } = of(data)?;
            Frame::Rejected { request_id, reason: quoted(&reason), message: quoted(&message) }
        }
        "new-position" => Frame::Position(of(data)?),
        "finished" => Frame::Finished { delivery_id: of::<Named>(data)?.delivery_id },
        "cancelled" => Frame::Cancelled { delivery_id: of::<Named>(data)?.delivery_id },
        "heartbeat" => of::<Cursor>(data)?.cursor.map_or(Frame::Other, |cursor| Frame::Heartbeat { cursor }),
        "reconnect" => Frame::Reconnect { cursor: of::<Cursor>(data)?.cursor },
        _ => Frame::Other,
    })
}

fn of<T: DeserializeOwned>(data: Value) -> Result<T, Failure> {
    serde_json::from_value(data).map_err(|error| bad(&error))
}

fn bad(error: &serde_json::Error) -> Failure {
    Failure::BadFrame(quoted(&error.to_string()))
}

/// The beginning of a text that others have written.
fn quoted(text: &str) -> String {
    text.chars().take(MAX_QUOTED).collect()
}

#[cfg(test)]
#[path = "tests/frames.rs"]
mod tests;
