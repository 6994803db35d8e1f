use prometheus_client::encoding::text::encode;
use prometheus_client::registry::Registry;

use super::*;

fn text(histogram: &TracedHistogram) -> String {
    let mut registry = Registry::default();
    registry.register("age", "Age", histogram.clone());
    let mut text = String::new();
    encode(&mut text, &registry).unwrap();
    text
}

#[test]
fn each_bucket_names_the_newest_trace_that_fell_into_it() {
    let ages = TracedHistogram::new([0.1, 1.0]);
    ages.note(0.04, Some("4bf92f3577b34da6a3ce929d0e0e4736".to_owned()));
    ages.note(0.05, Some("0af7651916cd43dd8448eb211c80319c".to_owned()));
    ages.note(0.06, None);
    ages.note(0.5, None);
    let text = text(&ages);
    let buckets: Vec<&str> = text.lines().filter(|line| line.starts_with("age_bucket")).collect();
    let [fast, slow, all] = buckets.as_slice() else { panic!("{text}") };
    let exemplar = "age_bucket{le=\"0.1\"} 3 # {trace_id=\"0af7651916cd43dd8448eb211c80319c\"} 0.05 ";
    assert!(fast.strip_prefix(exemplar).is_some_and(|time| time.parse::<f64>().unwrap() > 1.7e9), "{fast}");
    assert_eq!([*slow, *all], ["age_bucket{le=\"1.0\"} 4", "age_bucket{le=\"+Inf\"} 4"]);
}

#[test]
fn there_are_none_while_no_traces_are_recorded() {
    let ages = TracedHistogram::new([0.1]);
    ages.observe(0.04, Some("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"));
    assert!(text(&ages).contains("age_bucket{le=\"0.1\"} 1\n"), "{}", text(&ages));
}
