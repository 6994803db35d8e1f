//! The gateway's text frames, as far as this program needs them. Pure. docs/protocol.md has them all.

use crate::ledger::{Phase, Shown, Sight, place};
use serde::{Deserialize, Deserializer};
use std::sync::Arc;

/// A delivery as the gateway lists it.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct View {
    /// Its id.
    #[serde(deserialize_with = "shared")]
    pub delivery_id: Arc<str>,
    /// Its phase.
    pub phase: Phase,
    /// The number of its newest position.
    #[serde(default)]
    pub seq: Option<u64>,
    /// `[lat, lng]` of that.
    #[serde(default)]
    pub position: Option<[f64; 2]>,
    /// What binary frames of this replica call it.
    #[serde(default)]
    pub number: Option<u64>,
    /// `[lng, lat]` that binary frames count from.
    #[serde(default)]
    pub origin: Option<[f64; 2]>,
}

impl View {
    /// What a ledger keeps of it.
    #[must_use]
    pub fn sight(&self) -> Sight {
        let shown = self.seq.zip(self.position).map(|(seq, [lat, lng])| Shown { seq, place: place([lng, lat]) });
        Sight { id: Arc::clone(&self.delivery_id), phase: self.phase, shown }
    }
}

/// A position.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Position {
    /// The delivery.
    #[serde(deserialize_with = "shared")]
    pub delivery_id: Arc<str>,
    /// Its number.
    pub seq: u64,
    /// `[lat, lng]` in degrees.
    #[serde(rename = "position")]
    pub at: [f64; 2],
}

impl Position {
    /// What a ledger keeps of it.
    #[must_use]
    pub fn shown(&self) -> Shown {
        let [lat, lng] = self.at;
        Shown { seq: self.seq, place: place([lng, lat]) }
    }
}

/// A frame.
#[derive(Clone, Debug, PartialEq)]
pub enum Frame {
    /// A new beginning.
    Snapshot { cursor: Option<String>, reason: String, deliveries: Vec<View> },
    /// The stream goes on from the cursor that was given.
    Resumed { cursor: Option<String>, deliveries: Vec<View> },
    /// One that is new, or whose phase changed.
    Delivery(View),
    /// One or more positions.
    Positions { positions: Vec<Position>, cursor: Option<String> },
    /// A delivery came to its end.
    Ended { delivery_id: Arc<str>, phase: Phase },
    /// The stream has come so far.
    Heartbeat { cursor: Option<String> },
    /// The gateway wants the client to go elsewhere.
    Reconnect { cursor: Option<String>, within_milliseconds: u64 },
    /// A request became a delivery.
    Accepted { request_id: String },
    /// A request is not served.
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
    deliveries: Vec<View>,
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
struct Place {
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
/// When it is not what its event promises.
pub fn read(text: &str) -> Result<Frame, serde_json::Error> {
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
        "heartbeat" => Frame::Heartbeat { cursor: body::<Place>(text)?.cursor },
        "reconnect" => {
            let Place { cursor, within_milliseconds } = body(text)?;
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
mod tests {
    use super::*;

    #[test]
    fn a_position_is_read_with_its_latitude_first() {
        let text = r#"{"event":"new-position","data":{"routeId":"1","position":[-15.8259412,-47.92923],"finished":false,
            "deliveryId":"d","seq":3,"at":1,"speed":1.0,"heading":0.0,"progress":0.5,"eta":null}}"#;
        let Frame::Positions { positions, cursor: None } = read(text).unwrap() else { panic!("another frame") };
        assert_eq!(positions[0].shown(), Shown { seq: 3, place: [-479_292_300, -158_259_412] });
    }

    #[test]
    fn a_snapshot_lists_deliveries_with_and_without_a_position() {
        let text = r#"{"event":"snapshot","data":{"cursor":"x","reason":"connected","deliveries":[
            {"deliveryId":"a","phase":"Accepted","seq":null,"position":null,"number":0,"origin":[1.0,2.0]},
            {"deliveryId":"b","phase":"Running","seq":0,"position":[2.0,1.0]}]}}"#;
        let Frame::Snapshot { cursor, reason, deliveries } = read(text).unwrap() else { panic!("another frame") };
        assert_eq!((cursor.as_deref(), reason.as_str()), (Some("x"), "connected"));
        assert_eq!(deliveries[0].sight().shown, None);
        assert_eq!(deliveries[1].sight().shown.unwrap().place, [10_000_000, 20_000_000]);
    }

    #[test]
    fn frames_that_nobody_here_knows_are_passed_over_and_broken_ones_are_not() {
        assert_eq!(read(r#"{"event":"left","data":{"deliveryId":"d"}}"#).unwrap(), Frame::Other("left".into()));
        assert!(read(r#"{"event":"new-position","data":{}}"#).is_err());
        assert!(read("new-position").is_err());
    }
}
