use super::*;

#[test]
fn what_a_clock_that_was_ahead_has_put_off_is_due_and_what_is_put_off_as_usual_is_not() {
    let (now, day) = (1_796_018_000_000, 24 * 3_600_000);
    assert!(is_due(now, now) && is_due(now - 60 * day, now));
    assert!(!is_due(now + 1, now) && !is_due(now + FURTHEST, now));
    assert!(is_due(now + FURTHEST + 1, now) && is_due(now + 60 * day, now));
    assert!(is_due(Millis::MAX, Millis::MAX));
}
