//! Kafka's records as values: decoded and checked.
//!
//! Pure. Reading them from Kafka is left to [`crate::ingest::follow`] and [`crate::delivery_store`]; a bad one never
//! stops a partition.

use std::sync::Arc;

use delivery_messages::records::dead_letter::{MESSAGE_HEADER, REASON_HEADER, REQUEST_ID_HEADER};
use delivery_messages::{
    DecodeError, Erased, LngLat, Millis, NewPosition, Plan, Route, State, TRACEPARENT_HEADER, Topic, TraceParent,
    decode,
};

/// A record of one of the topics that the gateway reads.
#[derive(Clone, Debug)]
pub enum Record {
    /// A delivery's plan.
    Plan {
        /// The record's key.
        delivery_id: String,
        /// None: a tombstone.
        plan: Option<Box<Plan>>,
        /// When the broker wrote it.
        time: Millis,
        /// Where it came from.
        origin: PlanOrigin,
    },
    /// A delivery's state: its progress.
    State {
        /// The record's key.
        delivery_id: String,
        /// None: a tombstone.
        state: Option<Box<State>>,
        /// When the broker wrote it.
        time: Millis,
    },
    /// A revision of a route.
    Route {
        /// The record's key, `namespace/name@revision`.
        key: String,
        /// None: a tombstone.
        route: Option<Arc<Route>>,
        /// When the broker wrote it.
        time: Millis,
    },
    /// Where a vehicle was.
    Position {
        /// The position.
        position: Box<NewPosition>,
        /// When the broker wrote it.
        time: Millis,
        /// Its place in the topic.
        offset: RecordOffset,
    },
    /// An erased id.
    Erased {
        /// The record's key.
        id: String,
        /// None: a tombstone; the id is no longer on the list.
        erased: Option<Erased>,
    },
    /// A record of the positions' topic that is not a position.
    Unreadable(RecordOffset),
    /// A request that was rejected.
    Rejected(Rejection),
}

/// Where a plan came from: what only its record knows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PlanOrigin {
    /// The id of the trace that the delivery belongs to; none in a record without one.
    pub trace: Option<u128>,
    /// The record's place in the topic; none when it was not read from the log but from the delivery store.
    pub record: Option<RecordOffset>,
}

/// The place of a record in its topic.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct RecordOffset {
    /// The partition.
    pub partition: i32,
    /// The offset.
    pub offset: i64,
}

/// Why a request is rejected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rejection {
    /// The request.
    pub request_id: String,
    /// A stable name.
    pub reason: String,
    /// A complete sentence.
    pub message: String,
}

/// A record as it comes from Kafka.
#[derive(Clone, Copy, Debug, Default)]
pub struct Raw<'a> {
    /// The key's bytes.
    pub key: Option<&'a [u8]>,
    /// The value's bytes; none in a tombstone.
    pub value: Option<&'a [u8]>,
    /// When the broker wrote it, milliseconds since the Unix epoch; 0 when unknown.
    pub time: Millis,
    /// Its place in the topic.
    pub offset: RecordOffset,
}

/// Why a record cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum BadRecord {
    /// Its value does not have the topic's format.
    #[error(transparent)]
    Value(#[from] DecodeError),
    /// Its key is missing, or not text.
    #[error("The record has no key, but the topic {0} is read by key.")]
    NoKey(&'static str),
    /// Its key names something other than its value.
    #[error("The record's key is {key}, but its value is about {value}.")]
    KeyMismatch {
        /// What the key names.
        key: String,
        /// What the value names.
        value: String,
    },
    /// A coordinate is not on the earth.
    #[error("The position [{}, {}] is not a longitude within ±180 and a latitude within ±90 degrees.", .0[0], .0[1])]
    OffTheEarth(LngLat),
}

impl BadRecord {
    /// A stable name for logs, metrics and dead letters.
    #[must_use]
    pub const fn reason(&self) -> &'static str {
        match self {
            Self::Value(error) => error.reason(),
            Self::NoKey(_) => "NoKey",
            Self::KeyMismatch { .. } => "KeyMismatch",
            Self::OffTheEarth(_) => "OffTheEarth",
        }
    }
}

/// Reads a record of `topic`; `None` for a topic that the gateway does not read, and for a dead letter that answers no
/// request.
///
/// # Errors
/// When the record does not have its topic's format.
pub fn read<'a>(
    topic: Topic,
    raw: Raw<'a>,
    header: impl Fn(&str) -> Option<&'a [u8]>,
) -> Result<Option<Record>, BadRecord> {
    let time = raw.time;
    match topic {
        Topic::Plan => {
            let (delivery_id, plan) = keyed(topic, raw, |plan: &Plan| plan.delivery_id.clone())?;
            let trace = header(TRACEPARENT_HEADER).and_then(|value| std::str::from_utf8(value).ok());
            let trace = trace.and_then(|text| text.parse::<TraceParent>().ok()).map(|parent| parent.trace);
            let origin = PlanOrigin { trace, record: Some(raw.offset) };
            Ok(Some(Record::Plan { delivery_id, plan: plan.map(Box::new), time, origin }))
        }
        Topic::State => {
            let (delivery_id, state) = keyed(topic, raw, |state: &State| state.delivery_id.clone())?;
            if let Some(position) = state.as_ref().and_then(|state| state.position) {
                on_earth(position)?;
            }
            Ok(Some(Record::State { delivery_id, state: state.map(Box::new), time }))
        }
        Topic::Catalogue => {
            let (key, route) = keyed(topic, raw, Route::key)?;
            route.iter().flat_map(|route| &route.path).try_for_each(|position| on_earth(*position))?;
            Ok(Some(Record::Route { key, route: route.map(Arc::new), time }))
        }
        Topic::NewPosition => {
            let position: NewPosition = decode(topic, raw.value)?;
            let key = key(topic, raw)?;
            if key != position.delivery_id {
                return Err(BadRecord::KeyMismatch { key: key.to_owned(), value: position.delivery_id });
            }
            on_earth(position.position)?;
            Ok(Some(Record::Position { position: Box::new(position), time, offset: raw.offset }))
        }
        Topic::DeadLetters => {
            let text = |name| header(name).map(|value| String::from_utf8_lossy(value).into_owned());
            Ok(text(REQUEST_ID_HEADER).map(|request_id| {
                Record::Rejected(Rejection {
                    request_id,
                    reason: text(REASON_HEADER).unwrap_or_else(|| "Rejected".to_owned()),
                    message: text(MESSAGE_HEADER).unwrap_or_else(|| "The request was rejected.".to_owned()),
                })
            }))
        }
        Topic::Erased => {
            let id = key(topic, raw)?.to_owned();
            let erased = raw.value.map(|value| decode(topic, Some(value))).transpose()?;
            Ok(Some(Record::Erased { id, erased }))
        }
        Topic::NewDirection
        | Topic::Command
        | Topic::Purchase
        | Topic::InvoiceIssued
        | Topic::SendNotification
        | Topic::NotificationChanged
        | Topic::CustomerErased => Ok(None),
    }
}

/// A record's key, which must be text.
fn key(topic: Topic, raw: Raw<'_>) -> Result<&str, BadRecord> {
    raw.key.and_then(|key| std::str::from_utf8(key).ok()).ok_or_else(|| BadRecord::NoKey(topic.name()))
}

/// A record of a compacted topic: its key, and its value unless it is a tombstone.
fn keyed<'a, T: serde::Deserialize<'a>>(
    topic: Topic,
    raw: Raw<'a>,
    name: impl Fn(&T) -> String,
) -> Result<(String, Option<T>), BadRecord> {
    let key = key(topic, raw)?;
    let value: Option<T> = raw.value.map(|value| decode(topic, Some(value))).transpose()?;
    match value.as_ref().map(name) {
        Some(value) if value != key => Err(BadRecord::KeyMismatch { key: key.to_owned(), value }),
        _ => Ok((key.to_owned(), value)),
    }
}

fn on_earth(position: LngLat) -> Result<(), BadRecord> {
    let [lng, lat] = position;
    if (-180.0..=180.0).contains(&lng) && (-90.0..=90.0).contains(&lat) {
        Ok(())
    } else {
        Err(BadRecord::OffTheEarth(position))
    }
}

#[cfg(test)]
#[path = "tests/record.rs"]
mod tests;
