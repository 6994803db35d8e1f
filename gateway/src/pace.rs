//! When the hub may publish next: what comes now and then goes out at once, what comes thick and fast is gathered, because each
//! publication wakes every client and costs it a write.
//!
//! Pure. A generic cell rate algorithm: a publication every [`GATHER`] at most in the long run, and after a pause a few at once,
//! so that positions which come less often than that never wait, however unevenly they come. Where many come to many clients, the
//! time grows with the clients, so that their writes do not eat the processor; up to [`LONGEST`], which no eye sees.

use std::time::{Duration, Instant};

/// The time from one publication to the next when there is always something to publish.
const GATHER: Duration = Duration::from_millis(40);
/// The most that it grows to.
const LONGEST: Duration = Duration::from_millis(100);
/// By how much it grows with each client, when positions come thick: so a gateway makes some three thousand writes a second.
const PER_CLIENT: Duration = Duration::from_micros(300);
/// Positions a second from which on they come thick: [`LONGEST`] gathers at least five.
const THICK: f64 = 50.0;
/// How much of the time that was not used is kept for later.
const SLACK: Duration = Duration::from_millis(160);

/// The pace of publications.
#[derive(Clone, Copy, Debug, Default)]
pub struct Pace {
    next: Option<Instant>,
    last: Option<Instant>,
    /// Positions a second, of about the last second.
    rate: f64,
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

    /// So many positions are published now to so many clients.
    pub fn published(&mut self, now: Instant, positions: usize, clients: usize) {
        let passed = self.last.map_or(Duration::ZERO, |last| now.saturating_duration_since(last));
        self.last = Some(now);
        self.rate = self.rate * (-passed.as_secs_f64()).exp() + f64::from(u32::try_from(positions).unwrap_or(u32::MAX));
        let earliest = now.checked_sub(SLACK).unwrap_or(now);
        self.next = Some(self.next.map_or(earliest, |next| next.max(earliest)) + self.gather(clients));
    }

    fn gather(&self, clients: usize) -> Duration {
        if self.rate < THICK {
            return GATHER;
        }
        let clients = u32::try_from(clients).unwrap_or(u32::MAX);
        PER_CLIENT.saturating_mul(clients).clamp(GATHER, LONGEST)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How long positions wait that come at these milliseconds, each published to so many clients as soon as it may be.
    fn waits(times: impl IntoIterator<Item = u64>, clients: usize) -> Vec<u128> {
        let began = Instant::now() + Duration::from_mins(1);
        let mut pace = Pace::default();
        let mut wait = |time| {
            let came = began + Duration::from_millis(time);
            let now = pace.next().map_or(came, |next| next.max(came));
            assert!(pace.allows(now));
            pace.published(now, 1, clients);
            (now - came).as_millis()
        };
        times.into_iter().map(&mut wait).collect()
    }

    #[test]
    fn what_comes_seldom_never_waits_even_when_two_come_together_and_many_listen() {
        for clients in [1, 5_000] {
            assert!(waits((0..100).map(|number| number * 50), clients).iter().all(|wait| *wait == 0));
            let pairs = (0..100).map(|number| number * 50 + number % 2 * 45);
            assert!(waits(pairs, clients).iter().all(|wait| *wait == 0));
        }
    }

    #[test]
    fn what_comes_fast_is_published_less_often_the_more_listen_once_the_pause_is_used_up() {
        for (clients, every) in [(0, 40), (100, 40), (200, 60), (1_000, 100), (usize::MAX, 100)] {
            let mut pace = Pace::default();
            let began = Instant::now() + Duration::from_mins(1);
            let (mut published, mut waiting) = (Vec::new(), 0);
            for millisecond in 0..10_000 {
                waiting += 1;
                let now = began + Duration::from_millis(millisecond);
                if pace.allows(now) {
                    pace.published(now, std::mem::take(&mut waiting), clients);
                    published.push(millisecond);
                }
            }
            let steady: Vec<_> = published.windows(2).map(|pair| pair[1] - pair[0]).skip(10).collect();
            assert!(steady.iter().all(|gap| *gap == every), "{clients} clients: {steady:?}");
        }
    }
}
