//! How long the compacted topics keep what has ended.

use delivery_messages::{Millis, Topic};

use crate::base::config::Config;

const HOUR: Millis = 3_600_000;

/// In milliseconds; `None` is forever.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Retention {
    /// How long a start request may still be served after it was sent.
    pub requests: Option<Millis>,
    /// How long an ended delivery without a request is kept, and a route revision that is no longer offered.
    pub ended: Option<Millis>,
    /// The same for a delivery from a request: at least as long as the request may be served, or it would start a second
    /// delivery.
    pub requested: Option<Millis>,
}

impl Retention {
    #[must_use]
    pub(crate) fn of(config: &Config) -> Self {
        let millis = |hours: i64| (hours >= 0).then(|| hours.saturating_mul(HOUR));
        let requests = millis(config.topics.of(Topic::NewDirection).retention_hours);
        let ended = millis(config.retention.ended_deliveries_hours);
        Self { requests, ended, requested: requests.zip(ended).map(|(requests, ended)| requests.max(ended)) }
    }

    /// The time by which is decided what has expired: this process's, but no later than the newest record that a broker has taken, and than
    /// the time since this process began to look allows (`steady`). So a clock that is ahead alone, here or at a broker, removes nothing,
    /// and while nothing is written, nothing expires.
    #[must_use]
    pub(crate) fn agreed(now: Millis, steady: Millis, newest: Option<Millis>) -> Option<Millis> {
        newest.map(|newest| now.min(steady).min(newest))
    }

    /// Whether `kept` milliseconds have passed since `ended`.
    #[must_use]
    pub(crate) fn is_over(kept: Option<Millis>, ended: Option<Millis>, now: Millis) -> bool {
        kept.zip(ended).is_some_and(|(kept, ended)| ended.saturating_add(kept) <= now)
    }
}

#[cfg(test)]
#[path = "tests/retention.rs"]
mod tests;
