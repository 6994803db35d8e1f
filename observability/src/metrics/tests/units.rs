use super::*;

#[test]
fn milliseconds_are_thousandths_of_a_second_and_no_time_is_negative() {
    let found = [1_500, 0, -5, i64::MIN, 1_750_000_000_123].map(seconds);
    let differences =
        found.iter().zip([1.5, 0.0, 0.0, 0.0, 1_750_000_000.123]).map(|(found, expected)| found - expected);
    assert!(differences.into_iter().all(|difference| difference.abs() < 1e-6), "{found:?}");
}
