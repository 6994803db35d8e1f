use super::*;

const PATIENCE: Duration = Duration::from_secs(10);

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// Three partitions, to be read to these offsets.
fn awaited(begun: Instant) -> Awaited {
    Awaited::new(HashMap::from([(0, 5), (1, i64::MAX), (2, 7)]), Some(PATIENCE), begun)
}

#[test]
fn a_partition_of_which_nothing_comes_does_not_hold_up_the_others_for_long() {
    let begun = Instant::now();
    let mut awaited = awaited(begun);
    awaited.pass(0, 4, begun + seconds(1));
    assert_eq!(awaited.deadline(), None, "nothing can be read yet: Kafka is away as a whole");
    awaited.pass(0, 5, begun + seconds(2));
    assert_eq!(awaited.deadline(), Some(begun + seconds(12)));
    awaited.pass(1, 900, begun + seconds(8));
    assert_eq!(awaited.deadline(), Some(begun + seconds(18)), "it is slow, and it comes");
    awaited.pass(0, 6, begun + seconds(9));
    awaited.end(0, begun + seconds(10));
    assert_eq!(awaited.deadline(), Some(begun + seconds(18)), "news elsewhere hide nothing");
    awaited.excuse(seconds(3));
    assert_eq!(awaited.deadline(), Some(begun + seconds(21)), "nobody looked");
    awaited.end(1, begun + seconds(20));
    assert!(!awaited.is_complete());
    assert_eq!(awaited.left(), BTreeSet::from([2]));
}

#[test]
fn what_must_be_read_as_a_whole_is_waited_for() {
    let begun = Instant::now();
    let mut awaited = Awaited { patience: None, ..awaited(begun) };
    awaited.end(0, begun);
    assert_eq!(awaited.deadline(), None);
    awaited.end(1, begun);
    awaited.pass(2, 7, begun);
    assert!(awaited.is_complete() && awaited.left().is_empty());
}

#[test]
fn the_partitions_that_cannot_be_read_are_named_with_the_way_out() {
    assert_eq!(sentence(&[]), None);
    let many: Vec<_> = (0..14).map(|partition| ("north.delivery.plan".to_owned(), partition)).collect();
    let sentence = sentence(&many).unwrap();
    assert!(sentence.contains("0 of north.delivery.plan, 1 of") && sentence.contains("and 2 more."), "{sentence}");
    assert!(sentence.contains("Bring back the brokers"), "{sentence}");
}
