use super::*;

/// A record without a value.
fn record(name: &str, partition: i32, offset: i64) -> Record {
    let name = name.to_owned();
    Record { topic: Topic::SendNotification, name, partition, offset, time: 0, value: None, trace: None }
}

#[test]
fn what_is_committed_is_the_offset_after_the_newest_record_of_each_partition() {
    let records = [record("a", 0, 4), record("a", 1, 9), record("a", 0, 5), record("b", 0, 1)];
    let expected = [(("a", 0), 6), (("a", 1), 10), (("b", 0), 2)];
    let expected: NextOffsets = expected.map(|((name, partition), next)| ((name.to_owned(), partition), next)).into();
    assert_eq!(after(&records), expected);
}
