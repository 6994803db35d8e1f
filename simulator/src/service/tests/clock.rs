use std::time::Duration;

use super::*;

const HOUR: Millis = 3_600_000;
const NOON: Millis = 1_795_348_800_000;

#[test]
fn a_clock_that_is_put_back_goes_on_and_one_that_is_put_ahead_is_followed() {
    let (mut pace, begun) = (Pace::default(), Instant::now());
    let mut read = |wall: Millis, seconds: u64| pace.read(wall, begun + Duration::from_secs(seconds)) - NOON;
    assert_eq!(read(NOON, 0), 0);
    assert_eq!(read(NOON + 1_000, 1), 1_000);
    assert_eq!(read(NOON + 2_000 - HOUR, 2), 2_000, "it was put back");
    assert_eq!(read(NOON + 3_000 - HOUR, 3), 3_000);
    assert_eq!(read(NOON + 4_000, 4), 4_000, "and right again");
    assert_eq!(read(NOON + 5_000 + HOUR, 5), 5_000 + HOUR, "the machine was paused");
    assert_eq!(read(NOON + 6_000, 6), 6_000 + HOUR);
}

#[test]
fn however_often_it_is_read_it_does_not_stand() {
    let (mut pace, begun) = (Pace::default(), Instant::now());
    let mut last = pace.read(NOON, begun);
    for step in 1..=4_000 {
        last = pace.read(NOON - HOUR, begun + Duration::from_micros(step * 250));
    }
    assert_eq!(last, NOON + 1_000);
}

#[test]
fn it_goes_on_from_a_later_time_and_not_from_an_earlier_one() {
    let (mut pace, begun) = (Pace::default(), Instant::now());
    pace.advance(NOON + HOUR, begun);
    assert_eq!(pace.read(NOON, begun), NOON + HOUR);
    pace.advance(NOON, begun);
    assert_eq!(pace.read(NOON + 1_000, begun + Duration::from_secs(1)), NOON + HOUR + 1_000);
}
