use super::*;

#[test]
fn a_rate_is_of_the_time_from_the_first_to_the_last() {
    assert!((per_second(10_000, 5_000, 105_000) - 100.0).abs() < f64::EPSILON);
    assert!((per_second(1, 7, 7) - 1_000.0).abs() < f64::EPSILON, "times that are equal are a millisecond");
}
