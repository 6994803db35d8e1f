use super::*;

const RIGHT: Millis = 1_796_018_000_000;
const DAYS: Millis = 60 * 24 * 3_600_000;

fn at(millis: Millis) -> Timestamp {
    Timestamp::from_millisecond(millis).unwrap()
}

#[test]
fn a_clock_that_is_ahead_is_not_followed() {
    let (clock, begun) = (AgreedClock::default(), Instant::now());
    let later = |seconds: u64| begun + Duration::from_secs(seconds);
    assert_eq!(clock.read(at(RIGHT + DAYS), begun, || Some(RIGHT)), at(RIGHT), "it was ahead when the process began");
    assert_eq!(
        clock.read(at(RIGHT + DAYS), later(90), || Some(RIGHT)),
        at(RIGHT + 90_000),
        "time goes on in a quiet log"
    );
    assert_eq!(clock.read(at(RIGHT + 95_000), later(95), || Some(RIGHT)), at(RIGHT + 95_000), "it is right again");
    assert_eq!(
        clock.read(at(RIGHT), later(100), || Some(RIGHT + 99_000)),
        at(RIGHT),
        "one that is behind deletes nothing"
    );
    assert_eq!(
        clock.read(at(RIGHT + 110_000), later(110), || Some(RIGHT + DAYS)),
        at(RIGHT + 110_000),
        "that of a broker"
    );
}

#[test]
fn a_newer_record_says_that_more_time_has_passed() {
    let (clock, begun) = (AgreedClock::default(), Instant::now());
    let later = |millis: u64| begun + Duration::from_millis(millis);
    let now = at(RIGHT + 3_600_000);
    assert_eq!(
        clock.read(now, begun, || Some(RIGHT)),
        at(RIGHT),
        "an hour in which nothing was written is not known of"
    );
    let unasked = || -> Option<Millis> { panic!("it was looked for a moment ago") };
    assert_eq!(clock.read(now, later(999), unasked), at(RIGHT + 999));
    assert_eq!(clock.read(now, later(1_000), || Some(RIGHT + 3_599_000)), at(RIGHT + 3_599_000));
}

#[test]
fn in_a_log_without_records_time_counts_from_the_first_look() {
    let (clock, begun) = (AgreedClock::default(), Instant::now());
    assert_eq!(clock.read(at(RIGHT), begun, || None), at(RIGHT));
    let later = begun + Duration::from_secs(10);
    assert_eq!(clock.read(at(RIGHT + DAYS), later, || None), at(RIGHT + 10_000));
    let (clock, ahead) = (AgreedClock::default(), at(RIGHT + DAYS));
    assert_eq!(clock.read(ahead, begun, || None), ahead);
    assert_eq!(clock.read(ahead, later, || Some(RIGHT)), at(RIGHT), "a record knows better, also that it is earlier");
}
