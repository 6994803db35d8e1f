//! One delivery on the road: which of its records comes next, and whether a state is due.
//!
//! Pure: what has been acknowledged and the time are passed in. Whose turn it is among many is left to [`crate::vehicles::fleet`].

use delivery_messages::{Millis, NewPosition, State};
use delivery_motion::{Departure, Fixed, Schedule};

use crate::delivery::plans::Delivery;
use crate::delivery::records::{self, RecordOffset};
use crate::delivery::resume::ResumePoint;

/// The time between two states of a delivery in milliseconds.
pub const STATE_INTERVAL: Millis = 5_000;

/// The maximum number of positions of one delivery in flight. With more than four in a partition, librdkafka 2.12 keeps a processor
/// busy for as long as the broker hangs, although it has nothing to send.
pub const MAX_IN_FLIGHT: u64 = 4;

/// A delivery under way.
#[derive(Debug)]
pub struct Vehicle {
    delivery: Delivery,
    start: Millis,
    schedule: Schedule,
    /// The seq that is written next; beyond the last when all are written.
    next_seq: u64,
    /// The newest position that the log is known to hold.
    last: Option<Fixed>,
    /// Where `last` is in the log; before there is one, where reading for it has to start.
    record: RecordOffset,
    /// Positions after `last` that were acknowledged before one between them and `last`.
    early: Vec<(Fixed, RecordOffset)>,
    /// The version of the newest state that the log is known to hold.
    stated: u64,
    /// The version of the state that is waiting to be written or acknowledged.
    stating: Option<u64>,
    /// When the next state is due, if anything has changed by then.
    state_due: Millis,
}

impl Vehicle {
    /// Resumes a delivery; `None` when the log holds its end, or not even its first state.
    #[must_use]
    pub fn new(delivery: Delivery, point: ResumePoint, state_due: Millis) -> Option<Self> {
        let ResumePoint::Started { start, last, record } = point else {
            return None;
        };
        let departure = last.map_or(Departure::Start(start), Departure::After);
        let schedule = Schedule::new(departure, delivery.drive.interval_milliseconds(), delivery.resumed_at);
        let next_seq = schedule.next_seq();
        // The version of the first state, so that any later one counts as a change.
        let stated = State::version_of(-1, false);
        let early = Vec::new();
        Some(Self { delivery, start, schedule, next_seq, last, record, early, stated, stating: None, state_due })
    }

    /// The delivery's id.
    #[must_use]
    pub fn delivery_id(&self) -> &str {
        &self.delivery.id
    }

    /// The seq that is written next.
    #[must_use]
    pub fn next_seq(&self) -> u64 {
        self.next_seq
    }

    /// The trace that its records belong to.
    #[must_use]
    pub fn traceparent(&self) -> Option<&str> {
        self.delivery.traceparent.as_deref()
    }

    /// When the next position is due; `None` after the last one, and while [`MAX_IN_FLIGHT`] of them are in flight.
    #[must_use]
    pub fn next_at(&self) -> Option<Millis> {
        let ahead = self.next_seq - self.next_in_log();
        let more = ahead < MAX_IN_FLIGHT && self.next_seq <= self.delivery.drive.last_seq();
        more.then(|| self.schedule.at(self.next_seq))
    }

    /// Gives out the next position, once.
    pub fn next_position(&mut self) -> NewPosition {
        let seq = self.next_seq;
        self.next_seq += 1;
        records::position(&self.delivery, seq, self.schedule.at(seq))
    }

    /// Takes the acknowledgement of a position; they come in any order. The offset is missing when the broker already had the record
    /// and does not name it; reading can then start at the one known before.
    pub fn position_acknowledged(&mut self, fixed: Fixed, partition: i32, offset: Option<i64>) {
        let record = offset.map_or(self.record, |offset| RecordOffset { partition, offset });
        // In order only: if one before it failed, a later one does not show how far the delivery is.
        if fixed.seq > self.next_in_log() {
            self.early.push((fixed, record));
            return;
        }
        self.arrived_at(fixed, record);
        while let Some(index) = self.early.iter().position(|(early, _)| early.seq == self.next_in_log()) {
            let (fixed, record) = self.early.swap_remove(index);
            self.arrived_at(fixed, record);
        }
    }

    fn arrived_at(&mut self, fixed: Fixed, record: RecordOffset) {
        self.last = Some(fixed);
        self.record = record;
    }

    /// Whether a state has to be written now. If so it is claimed, and there is no other until [`Vehicle::state_acknowledged`].
    pub fn claim_state(&mut self, now: Millis, stopping: bool) -> bool {
        let version = self.version();
        let has_changed = self.stated < version;
        let is_due = stopping || self.has_arrived() || now >= self.state_due;
        if self.stating.is_some() || !has_changed || !is_due {
            return false;
        }
        self.stating = Some(version);
        if now >= self.state_due {
            // Missed states are skipped, which keeps the rhythm.
            self.state_due += ((now - self.state_due) / STATE_INTERVAL + 1) * STATE_INTERVAL;
        }
        true
    }

    /// The claimed state, as of now.
    pub fn state(&mut self) -> State {
        let state = records::state(&self.delivery, self.start, self.last, &self.schedule, self.record);
        self.stating = Some(state.version);
        state
    }

    /// Takes the acknowledgement of the claimed state.
    pub fn state_acknowledged(&mut self) {
        self.stated = self.stating.take().unwrap_or(self.stated);
    }

    /// Whether the last position and the final state are in the log.
    #[must_use]
    pub fn is_done(&self) -> bool {
        self.has_arrived() && self.stated == self.version()
    }

    /// Whether the last position is in the log.
    #[must_use]
    pub fn has_arrived(&self) -> bool {
        self.last.is_some_and(|last| last.seq == self.delivery.drive.last_seq())
    }

    /// The seq after the newest position that the log is known to hold.
    fn next_in_log(&self) -> u64 {
        self.last.map_or(0, |last| last.seq.saturating_add(1))
    }

    fn version(&self) -> u64 {
        let seq = self.last.map_or(-1, |last| i64::try_from(last.seq).unwrap_or(i64::MAX));
        State::version_of(seq, self.has_arrived())
    }
}
