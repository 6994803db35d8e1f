//! What a client sends: `{"event": "new-direction" | "command" | "filter", "data": …}`, checked.
//!
//! Pure. How large a frame may be is held by the socket before a frame comes here; serving a request is for
//! [`crate::requests`].

use crate::filter::Filter;
use delivery_messages::direction::MAX_TEXT;
use delivery_messages::{Command, DecodeError, NewDirection, Topic, decode, encode};
use serde::Deserialize;
use serde_json::Value;

/// A request of a client. Its `requestId` may be empty; then the gateway gives it one.
#[derive(Clone, Debug, PartialEq)]
pub enum Request {
    /// Start a delivery.
    Start(NewDirection),
    /// Cancel, suspend or resume one.
    Command(Command),
    /// See some deliveries only.
    Filter(Filter),
}

/// Why a frame cannot be understood.
#[derive(Debug, thiserror::Error)]
pub enum BadFrame {
    /// No JSON object with `event` and `data`.
    #[error(r#"The frame is no JSON of the form {{"event": "…", "data": {{…}}}}: {0}."#)]
    Malformed(serde_json::Error),
    /// An event that there is not.
    #[error("There is no event {0:?}; send new-direction, command or filter.")]
    UnknownEvent(String),
    /// Data of another shape than the event has.
    #[error("The data of the event {event} are not valid: {source}")]
    Data {
        /// The event.
        event: &'static str,
        /// The field and what is wrong with it.
        source: DecodeError,
    },
    /// A filter that cannot be used.
    #[error("The filter cannot be used: {0}.")]
    Filter(String),
    /// A binary frame.
    #[error("The frame is binary; send JSON as text.")]
    Binary,
    /// A frame beyond the limit.
    #[error("The frame is larger than {0} bytes, the most that this gateway takes. The connection is closed.")]
    TooLarge(usize),
    /// More frames than the limit.
    #[error("More than {0} frames a second were sent, the most that this gateway takes. The connection is closed.")]
    TooMany(u32),
}

impl BadFrame {
    /// A stable name for the client and for metrics.
    #[must_use]
    pub const fn reason(&self) -> &'static str {
        match self {
            Self::Malformed(_) => "MalformedFrame",
            Self::UnknownEvent(_) => "UnknownEvent",
            Self::Data { .. } => "InvalidData",
            Self::Filter(_) => "InvalidFilter",
            Self::Binary => "BinaryFrame",
            Self::TooLarge(_) => "FrameTooLarge",
            Self::TooMany(_) => "TooManyFrames",
        }
    }
}

#[derive(Deserialize)]
struct Frame {
    event: String,
    #[serde(default)]
    data: Value,
}

/// Reads a text frame.
///
/// # Errors
/// When it is none of the events that a client may send, or its data are not of that event's shape.
pub fn read(text: &str) -> Result<Request, BadFrame> {
    let frame: Frame = serde_json::from_str(text).map_err(BadFrame::Malformed)?;
    let data = encode(&frame.data).map_err(BadFrame::Malformed)?;
    match frame.event.as_str() {
        "new-direction" => {
            let invalid = |source| BadFrame::Data { event: "new-direction", source };
            NewDirection::decode(Some(&data)).map(Request::Start).map_err(invalid)
        }
        "command" => command(&data).map(Request::Command).map_err(|source| BadFrame::Data { event: "command", source }),
        "filter" => {
            let filter: Filter = serde_json::from_slice(&data).map_err(|error| BadFrame::Filter(error.to_string()))?;
            filter.check().map_err(BadFrame::Filter)?;
            Ok(Request::Filter(filter))
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
mod tests {
    use super::*;
    use delivery_messages::Action;
    use proptest::prelude::*;

    #[test]
    fn the_originals_frame_is_a_request() {
        let request = read(r#"{"event":"new-direction","data":{"routeId":"1"}}"#).unwrap();
        assert_eq!(request, Request::Start(NewDirection { route_id: "1".into(), ..NewDirection::default() }));
    }

    #[test]
    fn a_command_names_a_delivery_and_an_action() {
        let request = read(r#"{"event":"command","data":{"deliveryId":"d1","action":"suspend","requestId":"r1"}}"#);
        let expected = Command { delivery_id: "d1".into(), request_id: "r1".into(), action: Action::Suspend };
        assert_eq!(request.unwrap(), Request::Command(expected));
    }

    #[test]
    fn rubbish_is_refused_with_a_stable_reason_and_a_sentence() {
        let long = format!(r#"{{"event":"command","data":{{"deliveryId":"{}","action":"cancel"}}}}"#, "x".repeat(254));
        for (text, reason) in [
            ("", "MalformedFrame"),
            (r#"{"event":"filter","data":{"rectangle":[0,1,2]}}"#, "InvalidFilter"),
            (r#"{"event":"filter","data":{"rectangle":[0,1,2,0]}}"#, "InvalidFilter"),
            (r#"{"event":"filter","data":{"courier":["x"]}}"#, "InvalidFilter"),
            ("hello", "MalformedFrame"),
            ("[1]", "MalformedFrame"),
            (r#"{"data":{}}"#, "MalformedFrame"),
            (r#"{"event":"new-position","data":{}}"#, "UnknownEvent"),
            (r#"{"event":"new-direction"}"#, "InvalidData"),
            (r#"{"event":"new-direction","data":{"routeId":""}}"#, "InvalidData"),
            (r#"{"event":"new-direction","data":{"routeId":1}}"#, "InvalidData"),
            (r#"{"event":"new-direction","data":{"routeId":"1","speedKmh":-3}}"#, "InvalidData"),
            (r#"{"event":"command","data":{"deliveryId":"d1","action":"explode"}}"#, "InvalidData"),
            (&long, "InvalidData"),
        ] {
            let error = read(text).unwrap_err();
            assert_eq!(error.reason(), reason, "{text}");
            assert!(error.to_string().ends_with('.') && error.to_string().starts_with("The"), "{error}");
        }
    }

    proptest! {
        #[test]
        fn no_text_whatever_is_more_than_a_bad_frame(text in any::<String>()) {
            prop_assert!(read(&text).is_err());
        }
    }
}
