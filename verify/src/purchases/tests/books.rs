use super::*;

#[test]
fn a_topic_from_which_nothing_was_removed_is_complete() {
    let lows = BTreeMap::from([(0, 0), (1, 0)]);
    assert_eq!(LogPart::complete_since(&lows, &BTreeMap::from([(0, 5), (1, 9)])), Millis::MIN);
    assert_eq!(LogPart::complete_since(&BTreeMap::new(), &BTreeMap::new()), Millis::MIN);
}

#[test]
fn a_topic_is_complete_since_the_last_of_its_cut_partitions_begins() {
    let lows = BTreeMap::from([(0, 7), (1, 0), (2, 3)]);
    let since = |oldest: &[(i32, Millis)]| LogPart::complete_since(&lows, &oldest.iter().copied().collect());
    assert_eq!(since(&[(0, 5), (1, 90), (2, 8)]), 8);
    assert_eq!(since(&[(1, 90), (2, 8)]), Millis::MAX, "partition 0 has nothing left");
}
