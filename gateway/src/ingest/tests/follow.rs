use super::*;

/// Of partitions from 0 on: where each begins and ends.
fn bounds<const COUNT: usize>(all: [(i64, i64); COUNT]) -> BTreeMap<i32, Bounds> {
    (0..).zip(all.map(|(low, high)| Bounds { low, high })).collect()
}

#[test]
fn positions_are_read_from_the_first_one_needed_and_at_least_some_before_the_end_but_within_the_log() {
    let bounds = bounds([(0, 100), (0, 9_000), (8_000, 9_000), (3, 9_000), (0, 0)]);
    let needed = HashMap::from([(1, 200), (2, 8_999), (3, 1), (7, 1)]);
    assert_eq!(position_starts(5, &bounds, &needed), [0, 200, 8_000, 3, 0]);
    assert_eq!(position_starts(5, &bounds, &HashMap::new()), [0, 4_000, 8_000, 4_000, 0]);
}

#[test]
fn a_partition_that_is_left_out_is_not_read_and_holds_every_cursor() {
    let mut bounds = bounds([(0, 9_000), (8_000, 9_000), (3, 9_000)]);
    bounds.remove(&1);
    let starts = position_starts(3, &bounds, &HashMap::from([(1, 8_500)]));
    assert_eq!(starts, [4_000, 0, 4_000]);
    assert_eq!(assigned(&starts, &bounds), [(0, Offset::Offset(4_000)), (2, Offset::Offset(4_000))]);
}

#[test]
fn a_delivery_that_has_stood_for_long_makes_no_start_read_the_log_from_there() {
    let bounds = bounds([(0, 5_000_000), (4_990_000, 5_000_000)]);
    assert_eq!(position_starts(2, &bounds, &HashMap::from([(0, 12), (1, 12)])), [4_900_000, 4_990_000]);
}
