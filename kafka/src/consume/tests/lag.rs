use std::cell::RefCell;

use super::*;

#[test]
fn what_is_after_the_committed_offsets_counts_and_nothing_else() {
    let committed = BTreeMap::from([(0, 10), (1, 7), (2, 5), (3, 0)]);
    // Partition 1 was made anew and is shorter than what was committed; partition 3 has no leader.
    let ends = BTreeMap::from([(0, 14), (1, 3), (2, 5)]);
    assert_eq!(behind(&committed, &ends), 4);
    assert_eq!(behind(&BTreeMap::new(), &ends), 0);
}

#[test]
fn a_topic_without_partitions_is_taken_back_and_so_is_everything_at_the_end() {
    let heard = RefCell::new(Vec::new());
    let lags = |topics: &[(&str, u64)]| topics.iter().map(|(topic, lag)| ((*topic).to_owned(), *lag)).collect();
    let tell = |topic: &str, records: Option<u64>| heard.borrow_mut().push((topic.to_owned(), records));
    let mut told = Told { tell, topics: BTreeSet::new() };
    told.update(&lags(&[("a", 3), ("b", 0)]));
    told.update(&lags(&[("b", 2)]));
    drop(told);
    let heard: Vec<_> = heard.into_inner();
    let heard: Vec<_> = heard.iter().map(|(topic, records)| (topic.as_str(), *records)).collect();
    assert_eq!(heard, [("a", Some(3)), ("b", Some(0)), ("b", Some(2)), ("a", None), ("b", None)]);
}
