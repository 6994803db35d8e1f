use super::State;

#[test]
fn a_delivery_is_late_by_the_time_it_waited_or_was_suspended() {
    assert_eq!(State::late(-1, 5_000, 3_000, 500), 2_000, "it waits for its start");
    assert_eq!(State::late(120, 73_000, 3_000, 500), 10_000);
    assert_eq!(State::late(120, 62_500, 3_000, 500), 0, "clocks may differ");
    assert_eq!(State::late(i64::MAX, i64::MIN, i64::MAX, u32::MAX), 0, "absurd numbers do no harm");
}

#[test]
fn a_version_of_any_seq_that_a_record_may_have_is_a_number() {
    assert_eq!([State::version_of(-1, false), State::version_of(-1, true), State::version_of(218, true)], [0, 1, 439]);
    assert_eq!(State::version_of(i64::MAX, false), u64::MAX - 1);
    assert_eq!(State::version_of(i64::MIN, true), u64::MAX);
}
