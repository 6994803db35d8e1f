use super::*;

#[test]
fn positions_are_read_from_the_first_one_needed_and_at_least_some_before_the_end_but_within_the_log() {
    let bounds =
        [(0, 100), (0, 9_000), (8_000, 9_000), (3, 9_000), (0, 0)].map(|(start, end)| Bounds { low: start, high: end });
    let needed = HashMap::from([(1, 200), (2, 8_999), (3, 1), (7, 1)]);
    assert_eq!(position_starts(&bounds, &needed), [0, 200, 8_000, 3, 0]);
    assert_eq!(position_starts(&bounds, &HashMap::new()), [0, 4_000, 8_000, 4_000, 0]);
}

#[test]
fn a_delivery_that_has_stood_for_long_makes_no_start_read_the_log_from_there() {
    let bounds = [Bounds { low: 0, high: 5_000_000 }, Bounds { low: 4_990_000, high: 5_000_000 }];
    assert_eq!(position_starts(&bounds, &HashMap::from([(0, 12), (1, 12)])), [4_900_000, 4_990_000]);
}
