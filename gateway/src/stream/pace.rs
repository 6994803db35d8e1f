//! When the hub may publish next: rare positions are sent at once, frequent ones are gathered, because each publication
//! wakes every client and costs a write to each.
//!
//! Pure. A generic cell rate algorithm: on average at most one publication every [`GATHER`], and after a pause a few at
//! once, so that positions that come less often than that never wait, however unevenly they come. With frequent
//! positions and many clients the interval grows with the number of clients, so that their writes do not take the whole
//! CPU; up to [`LONGEST`], which is too short to see.

use std::time::{Duration, Instant};

/// The interval between publications when there is always something to publish.
const GATHER: Duration = Duration::from_millis(40);
/// The maximum of that interval.
const LONGEST: Duration = Duration::from_millis(100);
/// How much the interval grows per client when positions are frequent: a gateway then makes about three thousand writes
/// a second.
const PER_CLIENT: Duration = Duration::from_micros(300);
/// The number of positions a second from which they count as frequent: [`LONGEST`] gathers at least five.
const FREQUENT: f64 = 50.0;
/// How much unused time is kept for later.
const SLACK: Duration = Duration::from_millis(160);

#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Pace {
    next: Option<Instant>,
    last: Option<Instant>,
    /// Positions per second, over about the last second.
    rate: f64,
}

impl Pace {
    /// Whether something may be published now.
    pub(crate) fn allows(&self, now: Instant) -> bool {
        self.next.is_none_or(|next| next <= now)
    }

    /// From when on something may be published; none: at any time.
    pub(crate) const fn next(&self) -> Option<Instant> {
        self.next
    }

    /// Records that this many positions are now published to this many clients.
    pub(crate) fn published(&mut self, now: Instant, positions: usize, clients: usize) {
        let passed = self.last.map_or(Duration::ZERO, |last| now.saturating_duration_since(last));
        self.last = Some(now);
        self.rate = self.rate * (-passed.as_secs_f64()).exp() + f64::from(u32::try_from(positions).unwrap_or(u32::MAX));
        let earliest = now.checked_sub(SLACK).unwrap_or(now);
        self.next = Some(self.next.map_or(earliest, |next| next.max(earliest)) + self.gather(clients));
    }

    fn gather(&self, clients: usize) -> Duration {
        if self.rate < FREQUENT {
            return GATHER;
        }
        let clients = u32::try_from(clients).unwrap_or(u32::MAX);
        PER_CLIENT.saturating_mul(clients).clamp(GATHER, LONGEST)
    }
}

#[cfg(test)]
#[path = "tests/pace.rs"]
mod tests;
