use prometheus_client::encoding::{prometheus_protobuf, text};
use prometheus_client::registry::Registry;

use super::*;

#[test]
fn protobuf_has_both_kinds_of_buckets_and_text_is_as_that_of_a_classic_histogram() {
    let text_of = |registry: &Registry| {
        let mut text = String::new();
        text::encode(&mut text, registry).unwrap();
        text
    };
    let mut registries = [Registry::default(), Registry::default()];
    for (registry, histogram) in registries.iter_mut().zip([native([0.1, 1.0]), Histogram::new([0.1, 1.0])]) {
        for seconds in [0.04, 0.9, 3.0] {
            histogram.observe(seconds);
        }
        registry.register("age", "Age", histogram);
    }
    let [ours, classic] = &registries;
    assert_eq!(text_of(ours), text_of(classic));

    let families = prometheus_protobuf::encode(ours).unwrap();
    let [family] = families.as_slice() else { panic!("{families:?}") };
    let histogram = family.metric[0].histogram.as_ref().unwrap();
    let classic: Vec<u64> = histogram.bucket.iter().map(|bucket| bucket.cumulative_count).collect();
    assert_eq!((histogram.sample_count, classic), (3, vec![1, 2, 3]));
    // Three values that lie far apart are three buckets of one each: the first as it is, the others as differences.
    assert_eq!(histogram.positive_delta, [1, 0, 0]);
    assert_eq!(histogram.schema, 3);
}

#[test]
fn a_series_keeps_a_bounded_number_of_buckets_however_its_values_spread() {
    let histogram = native([1.0]);
    for power in 0..1_000 {
        histogram.observe(1.05_f64.powi(power));
    }
    let mut registry = Registry::default();
    registry.register("age", "Age", histogram);
    let families = prometheus_protobuf::encode(&registry).unwrap();
    let histogram = families[0].metric[0].histogram.as_ref().unwrap();
    assert_eq!(histogram.sample_count, 1_000);
    assert!(histogram.positive_delta.len() <= BUCKETS, "{}", histogram.positive_delta.len());
}
