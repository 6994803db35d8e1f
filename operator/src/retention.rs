//! How long the compacted topics keep what has ended. Pure.

use crate::config::Config;
use delivery_messages::{Millis, Topic};

const HOUR: Millis = 3_600_000;

/// Milliseconds; `None` is for ever.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retention {
    /// How long start requests are served after they were sent.
    pub requests: Option<Millis>,
    /// How long an ended delivery is kept that no request made, and a revision of a route that is no longer offered.
    pub ended: Option<Millis>,
    /// The same for a delivery that a request made: never shorter than the request can come again, which would be another
    /// delivery then.
    pub requested: Option<Millis>,
}

impl Retention {
    /// As configured.
    #[must_use]
    pub fn of(config: &Config) -> Self {
        let millis = |hours: i64| (hours >= 0).then(|| hours.saturating_mul(HOUR));
        let requests = millis(config.topics.of(Topic::NewDirection).retention_hours);
        let ended = millis(config.retention.ended_deliveries_hours);
        Self { requests, ended, requested: requests.zip(ended).map(|(requests, ended)| requests.max(ended)) }
    }

    /// Whether what ended at that time has been kept for that long.
    #[must_use]
    pub fn is_over(kept: Option<Millis>, ended: Option<Millis>, now: Millis) -> bool {
        kept.zip(ended).is_some_and(|(kept, ended)| ended.saturating_add(kept) <= now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::tests::example;

    #[test]
    fn the_plan_of_a_request_is_kept_at_least_as_long_as_the_request() {
        let mut config = example();
        config.retention.ended_deliveries_hours = 24;
        let retention = Retention::of(&config);
        assert_eq!((retention.ended, retention.requested), (Some(24 * HOUR), Some(168 * HOUR)));
        config.retention.ended_deliveries_hours = 200;
        assert_eq!(Retention::of(&config).requested, Some(200 * HOUR));
        config.topics.retention_hours = -1;
        let retention = Retention::of(&config);
        assert_eq!((retention.ended, retention.requested), (Some(200 * HOUR), None), "requests are kept for ever");
        config.retention.ended_deliveries_hours = -1;
        assert_eq!(Retention::of(&config).ended, None);
    }

    #[test]
    fn nothing_is_over_whose_end_is_unknown() {
        assert!(!Retention::is_over(Some(10), None, 1_000));
        assert!(!Retention::is_over(None, Some(0), 1_000));
        assert!(!Retention::is_over(Some(10), Some(991), 1_000));
        assert!(Retention::is_over(Some(10), Some(990), 1_000));
    }
}
