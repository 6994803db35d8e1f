//! What anyone may write to a topic: it is read as a message of the topic, or refused, and a dead letter of it stays small.

#![allow(clippy::unwrap_used, clippy::unwrap_in_result, reason = "a test ends with the first thing that is wrong")]

use std::borrow::Cow;
use std::fmt::Debug;

use delivery_fuzz::{Fuzz, Line};
use delivery_messages::records::dead_letter::{MAX_HEADER, MAX_VALUE};
use delivery_messages::records::text::cut;
use delivery_messages::{
    Command, CustomerErased, DeadLetter, DecodeError, Erased, ErasedIds, InvoiceIssued, NewDirection, NewPosition,
    NotificationChanged, Plan, Purchase, Route, SendNotification, State, Topic, TraceParent, decode, encode,
};
use serde::Serialize;
use serde::de::DeserializeOwned;

fn topics() -> impl Iterator<Item = Topic> {
    Topic::ALL.into_iter().chain(Topic::PURCHASES)
}

/// Reads a value as a message, which must be the same once it was written again.
fn message<T: DeserializeOwned + Serialize + PartialEq + Debug>(
    topic: Topic,
    value: Option<&[u8]>,
) -> Result<T, DecodeError> {
    let message: T = decode(topic, value)?;
    let written = encode(&message).unwrap();
    assert_eq!(decode::<T>(topic, Some(&written)).unwrap(), message);
    assert_eq!(written.first(), Some(&b'{'));
    Ok(message)
}

/// Reads a value as its topic does, and computes what others compute of it.
fn read(topic: Topic, key: &str, value: Option<&[u8]>) -> Result<(), DecodeError> {
    match topic {
        Topic::NewDirection => {
            let request = NewDirection::decode(value)?;
            assert_eq!(NewDirection::decode(Some(&encode(&request).unwrap())).unwrap(), request);
        }
        Topic::Command => drop(message::<Command>(topic, value)?),
        Topic::NewPosition => drop(message::<NewPosition>(topic, value)?),
        Topic::Plan => drop(message::<Plan>(topic, value)?),
        Topic::State => {
            let State { seq, at, start, .. } = message(topic, value)?;
            assert!(State::late(seq, at, start, u32::MAX) >= 0);
            assert!(State::version_of(seq, true) >= State::version_of(seq, false));
        }
        Topic::Catalogue => {
            let route: Route = message(topic, value)?;
            assert!(route.key().ends_with(&route.revision));
            assert_eq!(delivery_messages::deliveries::catalogue::revision(&route.id, &route.path).len(), 12);
        }
        Topic::Erased => {
            message::<Erased>(topic, value)?;
            let mut ids = ErasedIds::default();
            assert!(ids.take(key, true) && ids.contains(key));
        }
        Topic::DeadLetters => {}
        Topic::Purchase => drop(message::<Purchase>(topic, value)?),
        Topic::InvoiceIssued => drop(message::<InvoiceIssued>(topic, value)?),
        Topic::SendNotification => drop(message::<SendNotification>(topic, value)?),
        Topic::NotificationChanged => drop(message::<NotificationChanged>(topic, value)?),
        Topic::CustomerErased => drop(message::<CustomerErased>(topic, value)?),
    }
    Ok(())
}

#[test]
fn fuzzed_records_are_messages_that_are_the_same_once_written_again_or_make_small_dead_letters() {
    let report = Fuzz::new("records").run(|input| {
        let Line { topic, key, value, time } = Line::read(input);
        let Some(topic) = topics().find(|known| known.name() == topic) else { return "no topic" };
        let key = String::from_utf8_lossy(key.unwrap_or_default());
        let Err(error) = read(topic, &key, value) else {
            assert!(topic == Topic::DeadLetters || value.unwrap().trim_ascii_start().starts_with(b"{"), "only objects");
            return topic.name();
        };
        let message = error.to_string();
        assert!(message.ends_with('.') && message.len() <= 1_024, "{} bytes", message.len());
        let value = value.unwrap_or_default();
        let letter = DeadLetter {
            topic: topic.name(),
            partition: 7,
            offset: time,
            value,
            reason: error.reason(),
            message: Cow::Borrowed(&message),
            service: "gateway",
            // Whatever the record says its request is.
            request_id: Some(&key),
        };
        assert!(value.starts_with(letter.kept()) && letter.kept().len() == value.len().min(MAX_VALUE));
        for (name, text) in letter.headers() {
            assert!(text.len() <= MAX_HEADER, "{name} has {} bytes", text.len());
        }
        let text = String::from_utf8_lossy(value);
        for max in [3, 7, 512] {
            let short = cut(&text, max);
            assert!(short.len() <= max && (short == text || text.starts_with(short.trim_end_matches('…'))), "{short}");
        }
        error.reason()
    });
    let topics: Vec<_> = topics().map(Topic::name).collect();
    report.reached(&[&["EmptyRecord", "MalformedRecord", "InvalidField"][..], &topics].concat());
}

#[test]
fn fuzzed_traceparents_are_passed_on_as_they_are_or_not_at_all() {
    let report = Fuzz::new("traceparent").run(|input| {
        let Some(read) = std::str::from_utf8(input).ok().and_then(|text| text.parse::<TraceParent>().ok()) else {
            return "ignored";
        };
        assert_eq!(read.to_string().as_bytes(), input);
        assert!(read.trace != 0 && read.span != 0);
        "valid"
    });
    report.reached(&["valid", "ignored"]);
}
