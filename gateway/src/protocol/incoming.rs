//! What a client sends: `{"event": "new-direction" | "command" | "filter" | "notifications", "data": …}`, checked.
//!
//! Pure. The socket limits the size of a frame before it gets here; serving a request is left to
//! [`crate::gateway::sender`].

use delivery_messages::deliveries::direction::MAX_TEXT;
use delivery_messages::{Command, DecodeError, NewDirection, Topic, decode, encode, object};
use serde::Deserialize;
use serde_json::Value;

use crate::protocol::filter::{Filter, InvalidFilter};
use crate::protocol::recipients::{InvalidRecipients, Recipients};

/// A request of a client. Its `requestId` may be empty; then the gateway gives it one.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Request {
    Start(NewDirection),
    /// Cancels, suspends or resumes a delivery.
    Command(Command),
    /// Limits the client's view to some deliveries.
    Filter(Filter),
    /// Replaces the recipients whose notifications the client is told of.
    Notifications(Recipients),
}

#[derive(Debug, thiserror::Error)]
pub(crate) enum BadFrame {
    /// Not a JSON object with `event` and `data`.
    #[error(r#"The frame is not JSON of the form {{"event": "…", "data": {{…}}}}: {0}."#)]
    Malformed(serde_json::Error),
    #[error("The event {0:?} is unknown; send new-direction, command, filter or notifications.")]
    UnknownEvent(String),
    #[error("The data of the event {event} is not valid: {source}")]
    Data {
        event: &'static str,
        /// The field and what is wrong with it.
        source: DecodeError,
    },
    #[error("The filter cannot be used: {0}.")]
    Filter(#[from] InvalidFilter),
    #[error("The filter cannot be used: {0}.")]
    FilterShape(serde_json::Error),
    #[error("The recipients cannot be used: {0}.")]
    Recipients(#[from] InvalidRecipients),
    #[error("The recipients cannot be used: {0}.")]
    RecipientsShape(serde_json::Error),
    #[error("The frame is binary; send JSON as text.")]
    Binary,
    /// A frame larger than the limit.
    #[error("The frame is larger than {0} bytes, the maximum of this gateway. The connection is closed.")]
    TooLarge(usize),
    /// More frames than the limit allows.
    #[error("The client sent more than {0} frames in a second, the maximum of this gateway. The connection is closed.")]
    TooMany(u32),
}

impl BadFrame {
    pub(crate) const fn reason(&self) -> &'static str {
        match self {
            Self::Malformed(_) => "MalformedFrame",
            Self::UnknownEvent(_) => "UnknownEvent",
            Self::Data { .. } => "InvalidData",
            Self::Filter(_) | Self::FilterShape(_) => "InvalidFilter",
            Self::Recipients(_) | Self::RecipientsShape(_) => "InvalidRecipients",
            Self::Binary => "BinaryFrame",
            Self::TooLarge(_) => "FrameTooLarge",
            Self::TooMany(_) => "TooManyFrames",
        }
    }
}

#[derive(Deserialize)]
struct Envelope {
    event: String,
    #[serde(default)]
    data: Value,
}

/// Reads a text frame.
///
/// # Errors
/// When it is not an event that a client may send, or its data does not have that event's shape.
pub(crate) fn read(text: &str) -> Result<Request, BadFrame> {
    let frame: Envelope = object(text.as_bytes()).map_err(BadFrame::Malformed)?;
    let data = encode(&frame.data).map_err(BadFrame::Malformed)?;
    match frame.event.as_str() {
        "new-direction" => {
            let invalid = |source| BadFrame::Data { event: "new-direction", source };
            NewDirection::decode(Some(&data)).map(Request::Start).map_err(invalid)
        }
        "command" => command(&data).map(Request::Command).map_err(|source| BadFrame::Data { event: "command", source }),
        "filter" => {
            let filter: Filter = object(&data).map_err(BadFrame::FilterShape)?;
            filter.check()?;
            Ok(Request::Filter(filter))
        }
        "notifications" => {
            let recipients: Recipients = object(&data).map_err(BadFrame::RecipientsShape)?;
            recipients.check()?;
            Ok(Request::Notifications(recipients))
        }
        _ => Err(BadFrame::UnknownEvent(frame.event.chars().take(64).collect())),
    }
}

fn command(data: &[u8]) -> Result<Command, DecodeError> {
    let command: Command = decode(Topic::Command, Some(data))?;
    for (field, text) in [("deliveryId", &command.delivery_id), ("requestId", &command.request_id)] {
        if text.chars().count() > MAX_TEXT {
            let problem = format!("it is longer than {MAX_TEXT} characters");
            return Err(DecodeError::Invalid { topic: Topic::Command.name(), field, problem });
        }
    }
    Ok(command)
}

#[cfg(test)]
#[path = "tests/incoming.rs"]
mod tests;
