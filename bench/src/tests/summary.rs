use super::percentile;

#[test]
fn a_percentile_is_a_value_of_the_sample() {
    let sample: Vec<i64> = (1..=20).collect();
    assert_eq!(percentile(&sample, 50), Some(10));
    assert_eq!(percentile(&sample, 95), Some(19));
    assert_eq!(percentile(&sample, 100), Some(20));
    assert_eq!(percentile(&[7], 1), Some(7));
    assert_eq!(percentile(&[], 50), None);
}
