use super::*;

#[test]
fn no_more_than_the_newest_offsets_are_read_and_none_that_is_older_than_asked() {
    let of = |low, high, by_time| first(Bounds { low, high }, by_time, 100);
    assert_eq!(of(0, 0, None), 0, "it is empty");
    assert_eq!(of(0, 50, None), 0);
    assert_eq!(of(0, 500, None), 400, "the broker does not tell by time");
    assert_eq!(of(0, 500, Some(450)), 450);
    assert_eq!(of(0, 500, Some(10)), 400, "there are too many");
    assert_eq!(of(480, 500, Some(490)), 490);
    assert_eq!(of(480, 500, Some(10)), 480, "retention was faster");
    assert_eq!(of(480, 500, None), 480);
    assert_eq!(of(0, 0, Some(i64::MAX)), i64::MAX, "a reader resets an offset that does not exist");
}
