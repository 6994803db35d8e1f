use super::*;

#[test]
fn a_percentile_is_a_time_that_there_was() {
    let times: Sorted = (1..=200).rev().map(|second| second * 1_000).collect();
    assert_eq!([50, 95, 100, 0].map(|percent| times.percentile(percent)), [100.0, 190.0, 200.0, 1.0].map(Some));
    let one: Sorted = [1_500].into_iter().collect();
    assert_eq!((one.percentile(50), one.percentile(95)), (Some(1.5), Some(1.5)));
    assert_eq!(Sorted::default().percentile(50), None);
}
