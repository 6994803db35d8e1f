//! Which positions a delivery can have, by its plan, its route and the time that has passed.
//!
//! Pure. Only simulators write positions, but Kafka alone does not hold others off: one record with a `seq` far beyond the
//! end would keep the vehicle there, because all true positions after it look like repeats. So what cannot be is dropped
//! wherever positions are read.

use delivery_messages::Millis;

/// How much further than the time that has passed a delivery may be, milliseconds: a day. It has to cover what clocks
/// differ by and are set by: an hour is common, half a day is a clock in the wrong time zone.
pub(crate) const TOLERANCE: Millis = 24 * 3_600_000;

/// Why a position cannot be one of the delivery's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum Impossible {
    /// Its `seq` is beyond the last of the route.
    #[error("its seq is beyond the last position of the delivery's route")]
    BeyondTheEnd,
    /// Not enough time has passed since the delivery was created.
    #[error("it is due more than a day later than the time since the delivery's creation allows")]
    AheadOfTime,
}

impl Impossible {
    /// A stable name for metrics.
    pub(crate) const fn reason(self) -> &'static str {
        match self {
            Self::BeyondTheEnd => "BeyondTheEnd",
            Self::AheadOfTime => "AheadOfTime",
        }
    }
}

/// What limits the positions of one delivery.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// When its object was created.
    pub created_at: Millis,
    /// When position 0 was due; none before the simulator has started.
    pub start: Option<Millis>,
    /// Milliseconds from one position to the next.
    pub interval: u32,
    /// The last `seq`; none as long as its route is unknown.
    pub last_seq: Option<u64>,
}

impl Limits {
    /// Checks a position that was due at `at` and whose record was written at `written`.
    ///
    /// Only durations are compared, each measured by one kind of clock: Kafka's, since the creation, and the simulator's, since
    /// the start. So a simulator whose clock is wrong by days is no reason to drop anything, and neither is a broker whose
    /// clock is behind.
    ///
    /// # Errors
    /// Why it cannot be.
    pub(crate) fn check(&self, seq: u64, at: Millis, written: Millis) -> Result<(), Impossible> {
        if self.last_seq.is_some_and(|last| seq > last) {
            return Err(Impossible::BeyondTheEnd);
        }
        // Without a time the record says nothing about it.
        if written <= 0 {
            return Ok(());
        }
        let passed = i128::from(written) - i128::from(self.created_at);
        let most = passed.max(0) + i128::from(TOLERANCE);
        let driven = i128::from(seq) * i128::from(self.interval);
        let due = self.start.map_or(0, |start| i128::from(at) - i128::from(start));
        if driven.max(due) > most { Err(Impossible::AheadOfTime) } else { Ok(()) }
    }
}

#[cfg(test)]
#[path = "tests/limits.rs"]
mod tests;
