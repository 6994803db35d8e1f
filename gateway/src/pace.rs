//! When the hub may publish next: what comes now and then goes out at once, what comes thick and fast is gathered, because each
//! publication wakes every client and costs it a write.
//!
//! Pure. A generic cell rate algorithm: a publication every [`GATHER`] at most in the long run, and after a pause a few at once,
//! so that positions which come less often than that never wait, however unevenly they come.

use std::time::{Duration, Instant};

/// The time from one publication to the next when there is always something to publish.
const GATHER: Duration = Duration::from_millis(40);
/// How much of the time that was not used is kept for later.
const SLACK: Duration = Duration::from_millis(160);

/// The pace of publications.
#[derive(Clone, Copy, Debug, Default)]
pub struct Pace {
    next: Option<Instant>,
}

impl Pace {
    /// Whether something may be published now.
    #[must_use]
    pub fn allows(&self, now: Instant) -> bool {
        self.next.is_none_or(|next| next <= now)
    }

    /// From when on something may be published; none: at any time.
    #[must_use]
    pub const fn next(&self) -> Option<Instant> {
        self.next
    }

    /// Something is published now.
    pub fn published(&mut self, now: Instant) {
        let earliest = now.checked_sub(SLACK).unwrap_or(now);
        self.next = Some(self.next.map_or(earliest, |next| next.max(earliest)) + GATHER);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How long things wait that come at these milliseconds, each published as soon as it may be.
    fn waits(times: impl IntoIterator<Item = u64>) -> Vec<u128> {
        let began = Instant::now() + Duration::from_mins(1);
        let mut pace = Pace::default();
        let mut wait = |time| {
            let came = began + Duration::from_millis(time);
            let now = pace.next().map_or(came, |next| next.max(came));
            assert!(pace.allows(now));
            pace.published(now);
            (now - came).as_millis()
        };
        times.into_iter().map(&mut wait).collect()
    }

    #[test]
    fn what_comes_seldom_never_waits_even_when_two_come_together() {
        assert!(waits((0..100).map(|number| number * 50)).iter().all(|wait| *wait == 0));
        assert!(waits((0..100).map(|number| number * 50 + number % 2 * 45)).iter().all(|wait| *wait == 0));
    }

    #[test]
    fn what_comes_fast_is_published_every_forty_milliseconds_once_the_pause_is_used_up() {
        let mut pace = Pace::default();
        let began = Instant::now() + Duration::from_mins(1);
        let published = (0..10_000).filter(|millisecond| {
            let now = began + Duration::from_millis(*millisecond);
            let allowed = pace.allows(now);
            if allowed {
                pace.published(now);
            }
            allowed
        });
        assert_eq!(published.count(), 250 + 4);
    }
}
