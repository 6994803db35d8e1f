//! A delivery's fixes and progress as records: messages, their topics, keys and bytes.
//!
//! Pure: the same delivery, seq and time give the same bytes, so that a repeat in the log is byte-identical.

use delivery_messages::{Millis, NewPosition, State, StatePhase, Topic};
use delivery_motion::{Fix, Fixed, Schedule};

use crate::delivery::plans::Delivery;

/// A record to be written.
#[derive(Debug, Clone, PartialEq)]
pub enum Message {
    /// Where the vehicle is at a tick.
    Position(NewPosition),
    /// How far the delivery is.
    State(State),
}

impl Message {
    /// The topic that it belongs to.
    #[must_use]
    pub fn topic(&self) -> Topic {
        match self {
            Self::Position(_) => Topic::NewPosition,
            Self::State(_) => Topic::State,
        }
    }

    /// The record's key: the delivery's id.
    #[must_use]
    pub fn key(&self) -> &str {
        match self {
            Self::Position(position) => &position.delivery_id,
            Self::State(state) => &state.delivery_id,
        }
    }

    /// The record's value.
    ///
    /// # Errors
    /// As [`delivery_messages::encode`]: never for these messages.
    pub fn value(&self) -> Result<Vec<u8>, serde_json::Error> {
        match self {
            Self::Position(position) => delivery_messages::encode(position),
            Self::State(state) => delivery_messages::encode(state),
        }
    }
}

/// Where a record is in `route.new-position`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RecordOffset {
    /// The partition.
    pub partition: i32,
    /// The offset.
    pub offset: i64,
}

/// The position of a delivery at a seq, due at that time.
#[must_use]
pub fn position(delivery: &Delivery, seq: u64, at: Millis) -> NewPosition {
    let Fix { position, heading, speed_meters_per_second, progress, finished } = delivery.drive.fix(seq);
    NewPosition {
        route_id: delivery.route_id.clone(),
        client_id: delivery.client_id.clone(),
        position,
        finished,
        delivery_id: delivery.id.clone(),
        seq,
        at,
        speed: speed_meters_per_second,
        heading,
        progress,
    }
}

/// The state of a delivery whose newest position in the log is `last`, in `record`; before the first position, `record` is the end of
/// the partition, at or after which the first will be.
#[must_use]
pub fn state(
    delivery: &Delivery,
    start: Millis,
    last: Option<Fixed>,
    schedule: &Schedule,
    record: RecordOffset,
) -> State {
    let last_seq = delivery.drive.last_seq();
    let finished = last.is_some_and(|last| last.seq == last_seq);
    let seq = last.map_or(-1, |last| i64::try_from(last.seq).unwrap_or(i64::MAX));
    let fix = delivery.drive.fix(last.map_or(0, |last| last.seq));
    let at = last.map_or(start, |last| last.at);
    State {
        delivery_id: delivery.id.clone(),
        version: State::version_of(seq, finished),
        phase: if finished { StatePhase::Finished } else { StatePhase::Running },
        start,
        seq,
        at,
        position: last.map(|_| fix.position),
        speed: fix.speed_meters_per_second,
        heading: fix.heading,
        progress: fix.progress,
        eta: if finished { at } else { schedule.at(last_seq) },
        late_milliseconds: Some(State::late(seq, at, delivery.created_at, delivery.drive.interval_milliseconds())),
        partition: record.partition,
        offset: record.offset,
        reason: None,
        pod: delivery.pod.as_deref().map(str::to_owned),
    }
}

#[cfg(test)]
#[path = "tests/records.rs"]
mod tests;
