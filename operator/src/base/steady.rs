//! A time of day that goes on as time passes, whatever happens to the machine's clock.
//!
//! What this process waits for by its own looks is measured by it: a clock that jumps ahead must end no wait, and one that is put back must not
//! prolong it by as much.

use std::time::Instant;

use jiff::{SignedDuration, Timestamp};

/// The clock of one process.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SteadyClock {
    then: Timestamp,
    begun: Instant,
}

impl SteadyClock {
    /// Begins with the time of day that it is.
    #[must_use]
    pub(crate) fn begin() -> Self {
        Self { then: Timestamp::now(), begun: Instant::now() }
    }

    /// The time at a moment.
    #[must_use]
    pub(crate) fn at(&self, moment: Instant) -> Timestamp {
        let passed = SignedDuration::try_from(moment.saturating_duration_since(self.begun)).unwrap_or_default();
        self.then.saturating_add(passed).unwrap_or(Timestamp::MAX)
    }

    /// The time now.
    #[must_use]
    pub(crate) fn now(&self) -> Timestamp {
        self.at(Instant::now())
    }
}
