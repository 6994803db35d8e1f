//! When a client is pinged, and whether it has left pings without an answer for too long.
//!
//! Pure. While a slow client is being written to, it is not pinged; so it is judged by the pings that it got, and not by the time alone.

use std::time::{Duration, Instant};

use super::feed::PING_EVERY;

/// A ping is sent so much before it is due, because ticks may come a little early.
const EARLY: Duration = Duration::from_millis(500);
/// How many pings a client may leave without an answer before the next is due: a minute in all.
const UNANSWERED: u8 = 2;

#[derive(Debug)]
pub(super) struct Pings {
    /// When the last one was written, or the connection opened.
    last: Instant,
    /// How many were written since the client last sent anything.
    unanswered: u8,
}

impl Pings {
    /// Of a connection that is opened now.
    pub(super) const fn new(now: Instant) -> Self {
        Self { last: now, unanswered: 0 }
    }

    pub(super) fn are_due(&self, now: Instant) -> bool {
        now.saturating_duration_since(self.last) + EARLY >= PING_EVERY
    }

    /// Whether the client is taken for gone when the next one is due.
    pub(super) const fn are_ignored(&self) -> bool {
        self.unanswered >= UNANSWERED
    }

    /// One has been written.
    pub(super) const fn sent(&mut self, now: Instant) {
        self.last = now;
        self.unanswered = self.unanswered.saturating_add(1);
    }

    /// The client has sent something, which is as good as an answer.
    pub(super) const fn answered(&mut self) {
        self.unanswered = 0;
    }
}

#[cfg(test)]
#[path = "tests/pings.rs"]
mod tests;
