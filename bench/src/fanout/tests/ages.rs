use super::*;

#[test]
fn a_bucket_holds_its_upper_end_and_little_below() {
    let mut last = 0;
    for micros in (0..5_000).chain([65_536, 123_456, 9_999_999]) {
        let bucket = bucket(micros);
        assert!(bucket >= last || micros < 2, "{micros}");
        last = bucket;
        assert!(upper(bucket) >= micros && upper(bucket) - micros <= micros / 64, "{micros}: {}", upper(bucket));
    }
}

#[test]
fn quantiles_are_of_the_sample() {
    let mut ages = Ages::default();
    assert!(ages.quantile(990).abs() < f64::EPSILON);
    for milliseconds in 1..=100 {
        ages.add(Duration::from_millis(milliseconds));
    }
    assert!((ages.quantile(500) - 50.0).abs() < 0.8, "{}", ages.quantile(500));
    assert!((ages.quantile(990) - 99.0).abs() < 1.6, "{}", ages.quantile(990));
    assert!((ages.quantile(1000) - 100.0).abs() < 1.6, "{}", ages.quantile(1000));
}
