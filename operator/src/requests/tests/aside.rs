use super::*;

#[test]
fn nothing_is_committed_beyond_a_record_that_is_set_aside() {
    let mut unsettled = Unsettled::default();
    for offset in [7, 8, 9] {
        unsettled.take(0, offset, 1);
    }
    unsettled.take(1, 4, 1);
    assert_eq!(unsettled.settle(1, 4), 5, "each partition for itself");
    assert_eq!(unsettled.settle(0, 8), 7);
    assert_eq!(unsettled.settle(0, 9), 7);
    assert_eq!(unsettled.settle(0, 7), 10);
}

#[test]
fn records_that_are_handed_out_again_are_not_committed_before_they_are_settled() {
    let mut unsettled = Unsettled::default();
    unsettled.take(0, 7, 1);
    unsettled.take(0, 9, 1);
    unsettled.take(0, 3, 1);
    assert_eq!(unsettled.settle(0, 3), 4, "those after it come again too");
    unsettled.take(0, 7, 1);
    assert_eq!(unsettled.settle(0, 7), 8);
}

#[test]
fn so_many_records_of_so_many_bytes_may_be_set_aside_and_no_more() {
    let mut unsettled = Unsettled::default();
    for offset in 0..i64::try_from(MAX_RECORDS).unwrap() {
        assert!(unsettled.has_room(1_000), "{offset}");
        unsettled.take(0, offset, 1_000);
    }
    assert!(!unsettled.has_room(0));
    let _ = unsettled.settle(0, 5);
    assert!(unsettled.has_room(1_000) && !unsettled.has_room(MAX_BYTES), "a megabyte each would be too much");
}
