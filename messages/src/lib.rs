//! The Kafka topics and messages: the only thing that the services share.
//!
//! Types, keys, headers, versions and the partitioner; pure, without a client. Each topic has a module of its own: [`records`] is
//! what all topics share, [`deliveries`] and [`sales`] are the messages, [`schema`] describes them. Every
//! JSON object ignores the fields that it does not know, so that fields can be added forever; a breaking change is a new
//! topic. Times are integer milliseconds since the Unix epoch, coordinates `[lng, lat]` in degrees (WGS 84), speeds metres
//! per second, headings degrees clockwise from north.

pub mod records;
pub mod deliveries;
pub mod sales;
pub mod schema;

pub use deliveries::catalogue::Route;
pub use deliveries::command::{Action, Command};
pub use deliveries::direction::NewDirection;
pub use deliveries::erased::{Erased, ErasedIds};
pub use deliveries::event::DeliveryEvent;
pub use deliveries::plan::{Motion, Plan, PlanPhase};
pub use deliveries::position::NewPosition;
pub use deliveries::state::{State, StatePhase};
pub use records::dead_letter::DeadLetter;
pub use records::topic::{Topic, Topics};
pub use records::trace::TraceParent;
pub use sales::customer::CustomerErased;
pub use sales::invoice::InvoiceIssued;
pub use sales::notification::{NotificationChanged, SendNotification};
pub use sales::purchase::Purchase;

/// Milliseconds since the Unix epoch.
pub type Millis = i64;

/// `[lng, lat]` in degrees, longitude first as in GeoJSON (RFC 7946).
pub type LngLat = [f64; 2];

/// The header that names the format of a record's value.
pub const CONTENT_TYPE_HEADER: &str = "content-type";
/// The only format so far.
pub const CONTENT_TYPE: &str = "application/json";
/// The header that names the release of these types that wrote a record.
pub const SCHEMA_VERSION_HEADER: &str = "schema-version";
/// The current release of these types; goes up with every added field.
pub const SCHEMA_VERSION: &str = "1";
/// The header that carries the W3C trace context from a start request to its plan and positions.
pub const TRACEPARENT_HEADER: &str = "traceparent";

/// The maximum number of bytes of the JSON reader's message in an error.
const MAX_QUOTED: usize = 512;

/// Why a record's value is not a valid message of its topic.
#[derive(Debug, thiserror::Error)]
pub enum DecodeError {
    /// The record has no value (a tombstone where none has a meaning).
    #[error("The record has no value, but the topic {topic} holds JSON objects.")]
    Empty {
        /// The topic's name without a prefix.
        topic: &'static str,
    },
    /// The value is not JSON, or JSON of another shape.
    #[error("The record's value is not a valid message of the topic {topic}: {}.", records::text::cut(&source.to_string(), MAX_QUOTED))]
    Malformed {
        /// The topic's name without a prefix.
        topic: &'static str,
        /// The JSON reader's message, with line and column. It may quote the whole value, so it is cut when it is shown.
        source: serde_json::Error,
    },
    /// A field has a value that is not allowed.
    #[error("The field {field} of a record of {topic} is not valid: {problem}.")]
    Invalid {
        /// The topic's name without a prefix.
        topic: &'static str,
        /// The field's name in JSON.
        field: &'static str,
        /// What is wrong with it.
        problem: String,
    },
}

impl DecodeError {
    /// A stable name for logs, metrics and dead letters.
    #[must_use]
    pub const fn reason(&self) -> &'static str {
        match self {
            Self::Empty { .. } => "EmptyRecord",
            Self::Malformed { .. } => "MalformedRecord",
            Self::Invalid { .. } => "InvalidField",
        }
    }
}

/// Reads a record's value as `T`.
///
/// # Errors
/// [`DecodeError::Empty`] without a value, [`DecodeError::Malformed`] when it is not a JSON object of that shape.
pub fn decode<'a, T: serde::Deserialize<'a>>(topic: Topic, value: Option<&'a [u8]>) -> Result<T, DecodeError> {
    let topic = topic.name();
    let value = value.ok_or(DecodeError::Empty { topic })?;
    object(value).map_err(|source| DecodeError::Malformed { topic, source })
}

/// Reads a JSON object as `T`. By itself serde would also take a list of the fields' values, which other readers of the same JSON
/// refuse.
///
/// # Errors
/// When it is not JSON, not an object, or an object of another shape.
pub fn object<'a, T: serde::Deserialize<'a>>(json: &'a [u8]) -> Result<T, serde_json::Error> {
    if json.trim_ascii_start().first() == Some(&b'[') {
        return Err(serde::de::Error::custom("it is a list, not an object"));
    }
    serde_json::from_slice(json)
}

/// Writes a message as the value of a record.
///
/// # Errors
/// Only for a value that JSON cannot hold, which none of the types here can become.
pub fn encode<T: serde::Serialize>(message: &T) -> Result<Vec<u8>, serde_json::Error> {
    serde_json::to_vec(message)
}
