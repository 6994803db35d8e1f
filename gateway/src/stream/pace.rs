//! When the hub may publish next. A publication costs a write to every client, whatever it holds; so what is due
//! goes out at once while that is cheap, and is gathered just as long as is needed to stay within [`SHARE`] of a processor core.
//!
//! Pure. A token bucket of processor time: [`SHARE`] flows in with the time that passes, and what the process has used, as the
//! system counts it, flows out. Something may be published while the bucket is not empty. So a lone vehicle never waits, in a flood
//! the interval is what the writes cost divided by [`SHARE`], and in between it grows without a step.

use std::time::{Duration, Instant};

/// How much of one core the process may use before it gathers. Twice the deliveries per processor time that the best peer reaches
/// need between a quarter and a half, depending on the load; the less, the older positions are in a flood.
const SHARE: f64 = 0.25;
/// The most that is kept for later, seconds of processor time: a second's worth.
const MOST: f64 = SHARE;
/// The longest time that anything is gathered, even where other work takes the whole processor.
const LONGEST: Duration = Duration::from_millis(250);

#[derive(Clone, Copy, Debug)]
pub(crate) struct Pace {
    /// Processor time left, seconds; below zero while gathering.
    credit: f64,
    /// When that was, and the processor time that the process had used until then.
    counted: Option<(Instant, Duration)>,
    /// Since when something has been gathered.
    gathering: Option<Instant>,
}

impl Pace {
    /// Nothing has been published yet.
    pub(crate) const fn new() -> Self {
        Self { credit: MOST, counted: None, gathering: None }
    }

    /// Whether what is there now may be published now; if not, it is gathered until [`Pace::next`]. `used` is the processor time that
    /// the process has used so far.
    pub(crate) fn allows(&mut self, now: Instant, used: Duration) -> bool {
        self.count(now, used);
        let since = *self.gathering.get_or_insert(now);
        if self.credit < 0.0 && now.saturating_duration_since(since) < LONGEST {
            return false;
        }
        self.gathering = None;
        true
    }

    /// When to ask again; none while nothing is gathered.
    pub(crate) fn next(&self) -> Option<Instant> {
        let (since, (counted, _)) = self.gathering.zip(self.counted)?;
        let paid = Duration::try_from_secs_f64(-self.credit / SHARE).unwrap_or_default();
        Some((counted + paid).min(since + LONGEST))
    }

    fn count(&mut self, now: Instant, used: Duration) {
        let (last, before) = self.counted.unwrap_or((now, used));
        let passed = now.saturating_duration_since(last).as_secs_f64();
        let spent = used.saturating_sub(before).as_secs_f64();
        // What is owed is bounded, so that a burst of other work is not paid for long after it has passed.
        let most_owed = SHARE * LONGEST.as_secs_f64();
        self.credit = (self.credit + SHARE * passed - spent).clamp(-most_owed, MOST);
        self.counted = Some((now, used));
    }
}

#[cfg(test)]
#[path = "tests/pace.rs"]
mod tests;
