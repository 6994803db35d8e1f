//! The first position of a delivery on its way to the screens: the span from when it was due until it was published to all connections.
//!
//! Only while traces are recorded, and none for what was in Kafka before the process began.

use delivery_messages::{Millis, TRACEPARENT_HEADER, TraceParent};
use delivery_observability::traces::{Kind, NewSpan};

use crate::model::record::Record;

/// The first position of a delivery, with the trace that its record names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct FirstPosition {
    delivery_id: String,
    trace: TraceParent,
    due: Millis,
}

impl FirstPosition {
    /// From a record and its headers; none if it is another record, or names no trace.
    #[must_use]
    pub(crate) fn of<'a>(record: &Record, header: impl Fn(&str) -> Option<&'a [u8]>) -> Option<Self> {
        let Record::Position { position, .. } = record else { return None };
        if position.seq != 0 {
            return None;
        }
        let trace = std::str::from_utf8(header(TRACEPARENT_HEADER)?).ok()?.parse().ok()?;
        Some(Self { delivery_id: position.delivery_id.clone(), trace, due: position.at })
    }

    /// Its `traceparent`, if it is of this delivery.
    pub(crate) fn traceparent_of(&self, delivery_id: &str) -> Option<String> {
        (self.delivery_id == delivery_id).then(|| self.trace.to_string())
    }

    /// It has just been published to all connections.
    pub(crate) fn published(&self) {
        let parent = self.trace.to_string();
        let new =
            NewSpan { name: "first broadcast", kind: Kind::Consumer, parent: Some(&parent), since: Some(self.due) };
        new.begin().text("delivery.id", &self.delivery_id);
    }
}

#[cfg(test)]
#[path = "tests/first_position.rs"]
mod tests;
