use super::*;

#[test]
fn a_range_is_known_to_be_complete_since_a_time() {
    let whole = |from| PartitionRange::new(0, 90, from);
    let cut = |from| PartitionRange::new(40, 90, from);
    let range = |begin, complete_since| PartitionRange { begin, end: 90, complete_since };
    assert_eq!(whole(None), range(0, CompleteSince::Time(Millis::MIN)));
    assert_eq!(cut(None), range(40, CompleteSince::FirstRecord));
    assert_eq!(whole(Some((7, Some(0)))), range(0, CompleteSince::Time(Millis::MIN)));
    assert_eq!(whole(Some((7, Some(60)))), range(60, CompleteSince::Time(7)));
    assert_eq!(cut(Some((7, Some(60)))), range(60, CompleteSince::Time(7)));
    assert_eq!(cut(Some((7, Some(40)))), range(40, CompleteSince::FirstRecord), "older ones may have been removed");
    assert_eq!(cut(Some((7, None))), range(90, CompleteSince::Time(7)), "all records are older than the time");
}
