//! A token bucket: a limit on how often something may happen, which refills at a steady rate.
//!
//! Pure: the time is passed in, and so is the rate, so that a bucket takes little memory.

use std::time::{Duration, Instant};

/// How fast a bucket refills, and how much it holds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rate {
    /// Tokens that come back in a second.
    pub per_second: f64,
    /// Tokens that a full bucket holds.
    pub burst: f64,
}

impl Rate {
    /// So many a second, of which those of `seconds` may come at once.
    #[must_use]
    pub fn new(per_second: u32, seconds: u32) -> Self {
        let per_second = f64::from(per_second);
        Self { per_second, burst: (per_second * f64::from(seconds)).max(1.0) }
    }
}

/// A token bucket.
#[derive(Clone, Copy, Debug)]
pub struct TokenBucket {
    tokens: f64,
    filled: Instant,
}

impl TokenBucket {
    /// A full bucket.
    #[must_use]
    pub const fn full(rate: Rate, now: Instant) -> Self {
        Self { tokens: rate.burst, filled: now }
    }

    /// How long until there is a token; none when there is one now.
    pub fn wait(&mut self, rate: Rate, now: Instant) -> Option<Duration> {
        let elapsed = now.saturating_duration_since(self.filled).as_secs_f64();
        self.tokens = elapsed.mul_add(rate.per_second, self.tokens).min(rate.burst);
        // Two threads may have asked for the time in another order than they come here.
        self.filled = self.filled.max(now);
        // What floating point loses must not cost a token.
        let missing = 1.0 - self.tokens;
        (missing > 1e-9).then(|| Duration::try_from_secs_f64(missing / rate.per_second).unwrap_or(Duration::MAX))
    }

    /// Takes a token; false when there is none.
    pub fn take(&mut self, rate: Rate, now: Instant) -> bool {
        let enough = self.wait(rate, now).is_none();
        if enough {
            self.tokens -= 1.0;
        }
        enough
    }
}

#[cfg(test)]
#[path = "tests/token_bucket.rs"]
mod tests;
