use super::*;

const PARTITIONS: i32 = 6;

/// Two topics, of which nothing has been read yet.
fn begun() -> Reading {
    let mut reading = Reading::default();
    reading.begin([Topic::Plan, Topic::State]);
    reading
}

/// A key in that partition.
fn key(partition: i32) -> String {
    let mut keys = (0..).map(|number| format!("key-{number}"));
    keys.find(|key| partitioner::partition(key.as_bytes(), PARTITIONS) == partition).unwrap()
}

#[test]
fn a_key_waits_for_its_own_partition_alone() {
    let mut reading = begun();
    assert_eq!(reading.of_key(Topic::Plan, "a"), Some(Unread { topic: Topic::Plan, partition: None }));
    assert_eq!(reading.of_key(Topic::Catalogue, "a"), None, "it is not to be read");
    reading.expect(Topic::Plan, PARTITIONS);
    for partition in (0..PARTITIONS).filter(|partition| *partition != 4) {
        assert!(reading.of_key(Topic::Plan, &key(partition)).is_some());
        assert!(reading.end(Topic::Plan, partition) && !reading.end(Topic::Plan, partition), "once");
        assert_eq!(reading.of_key(Topic::Plan, &key(partition)), None);
    }
    let unread = Unread { topic: Topic::Plan, partition: Some(4) };
    assert_eq!((reading.of_key(Topic::Plan, &key(4)), reading.of_topic(Topic::Plan)), (Some(unread), Some(unread)));
    assert!(!reading.is_under_way(), "nothing is known of the other topic");
    reading.expect(Topic::State, 1);
    assert!(reading.is_under_way() && !reading.is_complete());
    assert_eq!(reading.all(), [unread, Unread { topic: Topic::State, partition: Some(0) }]);
    assert!(reading.end(Topic::State, 0) && reading.end(Topic::Plan, 4) && reading.is_complete());
    assert_eq!(reading.all(), []);
    reading.begin([Topic::Plan]);
    assert!(!reading.is_complete() && !reading.is_under_way(), "a new leader reads once more");
}

#[test]
fn where_a_record_is_not_where_its_key_belongs_every_key_waits_for_the_whole_topic() {
    let mut reading = begun();
    reading.expect(Topic::Plan, PARTITIONS);
    for partition in 1..PARTITIONS {
        reading.end(Topic::Plan, partition);
    }
    assert!(!reading.pass(Topic::Plan, key(3).as_bytes(), 3));
    assert_eq!(reading.of_key(Topic::Plan, &key(3)), None);
    assert!(reading.pass(Topic::Plan, key(3).as_bytes(), 2), "as if there had been other partitions once");
    assert_eq!(reading.of_key(Topic::Plan, &key(3)), Some(Unread { topic: Topic::Plan, partition: Some(0) }));
    reading.begin([Topic::Plan]);
    reading.expect(Topic::Plan, PARTITIONS);
    reading.end(Topic::Plan, 3);
    assert!(reading.of_key(Topic::Plan, &key(3)).is_some(), "and that is remembered");
}

#[test]
fn only_what_had_not_been_read_is_progress() {
    let mut reading = begun();
    reading.expect(Topic::Plan, PARTITIONS);
    let before = reading.progress();
    reading.pass(Topic::Plan, key(1).as_bytes(), 1);
    assert_eq!(reading.progress(), before + 1);
    reading.end(Topic::Plan, 1);
    reading.pass(Topic::Plan, key(1).as_bytes(), 1);
    assert_eq!(reading.progress(), before + 2, "a partition that is full of news does not hide one that is silent");
}

#[test]
fn a_gap_names_topic_and_partition_and_the_way_out() {
    let gap = Gap { topic: "north.delivery.plan".to_owned(), partition: Some(3) };
    let sentence = gap.to_string();
    assert!(
        sentence.contains("partition 3 of the topic north.delivery.plan") && sentence.contains("bring back"),
        "{sentence}"
    );
    assert!(
        Gap { partition: None, ..gap }.to_string().ends_with("the topic north.delivery.plan has not been read yet.")
    );
}
