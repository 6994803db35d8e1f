//! When the fixes of a delivery are due, as a pure function of what the log has.
//!
//! All times are milliseconds since the Unix epoch. A tick's time is computed from where the schedule was fixed, never
//! from the time at which another one was served, so ticks do not drift and what was due during an outage keeps the
//! time at which it was due. Reading a clock, waiting and sending are left to others.

/// A fix that is in the log: its seq, and the time at which it was due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fixed {
    /// The seq.
    pub seq: u64,
    /// The time at which it was due, in milliseconds since the Unix epoch.
    pub at: i64,
}

/// Where a delivery resumes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Departure {
    /// Nothing of it is in the log: seq 0 is due at this start.
    Start(i64),
    /// This is the last fix in the log: the next is due one interval later.
    After(Fixed),
}

/// The times of all fixes that are still to come. Evenly spaced: `at(next)` is one interval after the last fix in the
/// log, or the time of resumption when that is later (a suspension is not caught up), and each further one an interval
/// after the one before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Schedule {
    next_seq: u64,
    next_at: i64,
    interval: i64,
}

impl Schedule {
    /// A schedule that continues from a departure, at an interval in milliseconds, and not before the time at which the
    /// delivery was last resumed, if it ever was.
    #[must_use]
    pub fn new(departure: Departure, interval_milliseconds: u32, resumed_at: Option<i64>) -> Self {
        let interval = i64::from(interval_milliseconds);
        let (next_seq, due) = match departure {
            Departure::Start(start) => (0, start),
            Departure::After(Fixed { seq, at }) => (seq.saturating_add(1), at.saturating_add(interval)),
        };
        Self { next_seq, next_at: resumed_at.map_or(due, |resumed| due.max(resumed)), interval }
    }

    /// The first seq that is still to come.
    #[must_use]
    pub fn next_seq(&self) -> u64 {
        self.next_seq
    }

    /// The time at which a seq is due; for one that is in the log already, the time of the first still to come.
    #[must_use]
    pub fn at(&self, seq: u64) -> i64 {
        let ticks = i64::try_from(seq.saturating_sub(self.next_seq)).unwrap_or(i64::MAX);
        self.next_at.saturating_add(self.interval.saturating_mul(ticks))
    }

    /// The first seq that is still to come and not due yet at a time: every one from [`Self::next_seq`] up to, but not
    /// including, this one is due.
    #[must_use]
    pub fn due_before(&self, now: i64) -> u64 {
        if now < self.next_at {
            return self.next_seq;
        }
        let ticks = now.saturating_sub(self.next_at) / self.interval.max(1);
        self.next_seq.saturating_add(ticks.unsigned_abs()).saturating_add(1)
    }
}
