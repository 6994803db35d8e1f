use super::*;

const AT: Millis = 5_000;

#[test]
fn nothing_is_committed_beyond_a_record_that_is_set_aside() {
    let mut unsettled = Unsettled::default();
    for offset in [7, 8, 9] {
        assert!(unsettled.take(0, offset, AT, 1));
    }
    assert!(unsettled.take(1, 4, AT, 1));
    assert_eq!(unsettled.settle(1, 4, AT), 5, "each partition for itself");
    assert_eq!(unsettled.settle(0, 8, AT), 7);
    assert_eq!(unsettled.settle(0, 9, AT), 7);
    assert_eq!(unsettled.settle(0, 7, AT), 10);
}

#[test]
fn records_that_are_handed_out_again_are_not_committed_before_they_are_settled() {
    let mut unsettled = Unsettled::default();
    assert!(unsettled.take(0, 7, AT, 1));
    assert!(unsettled.take(0, 9, AT, 1));
    assert!(unsettled.take(0, 3, AT, 1));
    assert_eq!(unsettled.settle(0, 3, AT), 4, "those after it come again too");
    assert!(!unsettled.take(0, 7, AT, 1), "it is being served");
    assert_eq!(unsettled.settle(0, 7, AT), 8);
    assert!(unsettled.take(0, 7, AT, 1), "it is served again, as it is not known any more");
}

#[test]
fn so_many_records_of_so_many_bytes_may_be_set_aside_and_no_more() {
    let mut unsettled = Unsettled::default();
    for offset in 0..i64::try_from(MAX_RECORDS).unwrap() {
        assert!(unsettled.has_room(1_000), "{offset}");
        assert!(unsettled.take(0, offset, AT, 1_000));
    }
    assert!(!unsettled.has_room(0));
    let _ = unsettled.settle(0, 5, AT);
    assert!(unsettled.has_room(1_000) && !unsettled.has_room(MAX_BYTES), "a megabyte each would be too much");
}

#[test]
fn in_a_topic_that_was_made_anew_an_offset_is_another_record() {
    let mut unsettled = Unsettled::default();
    assert!(unsettled.take(0, 7, AT, 1));
    assert!(unsettled.take(0, 7, AT + 1, 1), "it is served too");
    assert_eq!(unsettled.settle(0, 7, AT), 7, "the new one is not settled");
    assert_eq!(unsettled.settle(0, 7, AT + 1), 8);
}
