use super::*;
use crate::testing::NOW;

const HOUR: Millis = 3_600_000;

fn limits() -> Limits {
    Limits { created_at: NOW, start: Some(NOW), interval: 500, last_seq: Some(100) }
}

#[test]
fn nothing_is_beyond_the_last_position() {
    for seq in [0, 99, 100] {
        assert_eq!(limits().check(seq, NOW, NOW), Ok(()), "{seq}");
    }
    for seq in [101, 1 << 62, 1 << 63, u64::MAX] {
        assert_eq!(limits().check(seq, NOW, NOW), Err(Impossible::BeyondTheEnd), "{seq}");
    }
}

#[test]
fn while_the_end_is_unknown_the_time_that_has_passed_limits_the_seq() {
    let unknown = Limits { last_seq: None, ..limits() };
    for seq in [1 << 62, 1 << 63, u64::MAX] {
        assert_eq!(unknown.check(seq, NOW, NOW + HOUR), Err(Impossible::AheadOfTime), "{seq}");
    }
    let day: u64 = 24 * 3_600 * 2;
    assert_eq!(unknown.check(day, NOW, NOW), Ok(()));
    assert_eq!(unknown.check(day + 1, NOW, NOW), Err(Impossible::AheadOfTime));
    assert_eq!(unknown.check(day + 1, NOW, NOW + 500), Ok(()));
    assert_eq!(unknown.check(1 << 62, NOW, 0), Ok(()), "the record has no time");
}

#[test]
fn what_is_due_in_the_far_future_cannot_be() {
    assert_eq!(limits().check(7, NOW + 25 * HOUR, NOW), Err(Impossible::AheadOfTime));
    assert_eq!(limits().check(7, Millis::MAX, NOW), Err(Impossible::AheadOfTime));
    assert_eq!(limits().check(7, Millis::MIN, NOW), Ok(()));
    // It was suspended for a week.
    assert_eq!(limits().check(7, NOW + 168 * HOUR, NOW + 168 * HOUR), Ok(()));
}

#[test]
fn no_clock_that_is_wrong_loses_a_position() {
    for wrong in [-HOUR, HOUR, -14 * HOUR, 14 * HOUR, 72 * HOUR] {
        let simulator = Limits { start: Some(NOW + wrong), ..limits() };
        assert_eq!(simulator.check(7, NOW + wrong + 3_500, NOW + 3_500), Ok(()), "the simulator's, by {wrong}");
        let set = limits().check(7, NOW + 3_500 + wrong.min(14 * HOUR), NOW + 3_500);
        assert_eq!(set, Ok(()), "the simulator's, set by {wrong} on the way");
    }
    for wrong in [-HOUR, HOUR, -100_000 * HOUR, 14 * HOUR] {
        assert_eq!(limits().check(7, NOW + 3_500, NOW + 3_500 + wrong), Ok(()), "the broker's, by {wrong}");
    }
}
