use super::*;
use crate::base::config::tests::example;

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
    assert_eq!((retention.ended, retention.requested), (Some(200 * HOUR), None), "requests are kept forever");
    config.retention.ended_deliveries_hours = -1;
    assert_eq!(Retention::of(&config).ended, None);
}

#[test]
fn retention_is_never_over_while_the_end_is_unknown() {
    assert!(!Retention::is_over(Some(10), None, 1_000));
    assert!(!Retention::is_over(None, Some(0), 1_000));
    assert!(!Retention::is_over(Some(10), Some(991), 1_000));
    assert!(Retention::is_over(Some(10), Some(990), 1_000));
}

#[test]
fn a_clock_that_is_ahead_lets_nothing_expire() {
    let (right, ahead) = (1_796_018_000_000, 1_796_018_000_000 + 60 * 24 * HOUR);
    assert_eq!(Retention::agreed(ahead, right, Some(ahead)), Some(right), "it has jumped since this process began");
    assert_eq!(Retention::agreed(ahead, ahead, Some(right)), Some(right), "it was ahead before");
    assert_eq!(Retention::agreed(right, right, Some(ahead)), Some(right), "that of a broker");
    assert_eq!(Retention::agreed(ahead, ahead, None), None, "nothing is known of the brokers");
}
