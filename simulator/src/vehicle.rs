//! One delivery on the road: which of its records comes next, and which state is due.
//!
//! Pure: it is told what has been acknowledged and what time it is. Whose turn it is among many is left to
//! [`crate::fleet`].

use delivery_messages::{Millis, NewPosition, State};
use delivery_motion::{Departure, Fixed, Schedule};

use crate::plans::Delivery;
use crate::records::{self, Place};
use crate::resume::Standing;

/// The time between two states of a delivery in milliseconds.
pub const STATE_INTERVAL: Millis = 5_000;

/// The number of positions of one delivery that may be on the way at once. Beyond four in a partition, librdkafka
/// 2.12 keeps a processor busy for as long as the broker hangs, with nothing that it could send.
pub const AHEAD: u64 = 4;

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
    place: Place,
    /// Positions behind `last` that are in the log, told before one ahead of them was.
    early: Vec<(Fixed, Place)>,
    /// The version of the newest state that the log is known to hold.
    stated: u64,
    /// The version of the state that is waiting to be written or acknowledged.
    stating: Option<u64>,
    /// When the next state is due, if there is news by then.
    state_due: Millis,
}

impl Vehicle {
    /// Takes a delivery up where it stands; `None` when its end is in the log, or not even its first state.
    #[must_use]
    pub fn new(delivery: Delivery, standing: Standing, state_due: Millis) -> Option<Self> {
        let Standing::Started { start, last, place } = standing else {
            return None;
        };
        let departure = last.map_or(Departure::Start(start), Departure::After);
        let schedule = Schedule::new(departure, delivery.drive.interval_milliseconds(), delivery.resumed_at);
        let next_seq = schedule.next_seq();
        // That of the first state, so that the first news is worth another.
        let stated = State::version_of(-1, false);
        let early = Vec::new();
        Some(Self { delivery, start, schedule, next_seq, last, place, early, stated, stating: None, state_due })
    }

    /// The trace that its records belong to.
    #[must_use]
    pub fn traceparent(&self) -> Option<&str> {
        self.delivery.traceparent.as_deref()
    }

    /// When the next position is due; `None` after the last one, and while [`AHEAD`] of them are on the way.
    #[must_use]
    pub fn next_at(&self) -> Option<Millis> {
        let ahead = self.next_seq - self.next_in_log();
        let more = ahead < AHEAD && self.next_seq <= self.delivery.drive.last_seq();
        more.then(|| self.schedule.at(self.next_seq))
    }

    /// Gives out the next position, once.
    pub fn next_position(&mut self) -> NewPosition {
        let seq = self.next_seq;
        self.next_seq += 1;
        records::position(&self.delivery, seq, self.schedule.at(seq))
    }

    /// Hears that a position is in the log, in whatever order. The offset is missing when the broker had it already and
    /// does not tell where; the one known before is then a good place to read from, too.
    pub fn position_written(&mut self, fixed: Fixed, partition: i32, offset: Option<i64>) {
        let place = offset.map_or(self.place, |offset| Place { partition, offset });
        // One after the other: a later one, when one before it failed, says nothing of how far the delivery is.
        if fixed.seq > self.next_in_log() {
            self.early.push((fixed, place));
            return;
        }
        self.arrived_at(fixed, place);
        while let Some(index) = self.early.iter().position(|(early, _)| early.seq == self.next_in_log()) {
            let (fixed, place) = self.early.swap_remove(index);
            self.arrived_at(fixed, place);
        }
    }

    fn arrived_at(&mut self, fixed: Fixed, place: Place) {
        self.last = Some(fixed);
        self.place = place;
    }

    /// Whether a state has to be written now, and if so takes the task on: the answer is no until
    /// [`Vehicle::state_written`].
    pub fn claim_state(&mut self, now: Millis, stopping: bool) -> bool {
        let version = self.version();
        let news = self.stated < version;
        let due = stopping || self.has_arrived() || now >= self.state_due;
        if self.stating.is_some() || !news || !due {
            return false;
        }
        self.stating = Some(version);
        if now >= self.state_due {
            // Missed ones are not made up for; the rhythm stays.
            self.state_due += ((now - self.state_due) / STATE_INTERVAL + 1) * STATE_INTERVAL;
        }
        true
    }

    /// The state as it is now, for a task that was claimed.
    pub fn state(&mut self) -> State {
        let state = records::state(&self.delivery, self.start, self.last, &self.schedule, self.place);
        self.stating = Some(state.version);
        state
    }

    /// Hears that the claimed state is in the log.
    pub fn state_written(&mut self) {
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
        self.last.map_or(0, |last| last.seq + 1)
    }

    fn version(&self) -> u64 {
        let seq = self.last.map_or(-1, |last| i64::try_from(last.seq).unwrap_or(i64::MAX));
        State::version_of(seq, self.has_arrived())
    }
}
