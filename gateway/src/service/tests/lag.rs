use super::*;

#[test]
fn the_records_that_have_not_been_read_are_counted_where_the_end_is_known() {
    let ends = BTreeMap::from([(0, 10), (2, 7), (3, 100)]);
    assert_eq!(behind(&ends, &[4, 5, 9, 100]), 6, "one has no leader, one was read past an end that is out of date");
    assert_eq!(behind(&BTreeMap::new(), &[4]), 0);
}
