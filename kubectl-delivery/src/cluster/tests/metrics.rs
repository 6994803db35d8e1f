use delivery_fuzz::Fuzz;

use super::*;

/// As a gateway serves it.
const TEXT: &str = r#"# HELP delivery_gateway_websocket_connections Open WebSocket connections, by mode and form.
# TYPE delivery_gateway_websocket_connections gauge
delivery_gateway_websocket_connections{mode="latest",form="json"} 6
delivery_gateway_websocket_connections{mode="all",form="json"} 2
delivery_gateway_websocket_connections{mode="latest",form="binary"} 1
# HELP delivery_gateway_positions_conflated Positions not sent to slow clients because newer ones replaced them.
# TYPE delivery_gateway_positions_conflated counter
delivery_gateway_positions_conflated_total 417
# HELP delivery_gateway_position_age_seconds Time since a position was due, by stage.
# TYPE delivery_gateway_position_age_seconds histogram
# UNIT delivery_gateway_position_age_seconds seconds
delivery_gateway_position_age_seconds_sum{stage="read"} 12.5
delivery_gateway_position_age_seconds_count{stage="read"} 900
delivery_gateway_position_age_seconds_bucket{le="0.05",stage="read"} 880
delivery_gateway_position_age_seconds_bucket{le="0.1",stage="read"} 900
delivery_gateway_position_age_seconds_bucket{le="+Inf",stage="read"} 900
delivery_gateway_position_age_seconds_sum{stage="written"} 61.5
delivery_gateway_position_age_seconds_count{stage="written"} 120
delivery_gateway_position_age_seconds_bucket{le="0.05",stage="written"} 60 # {trace_id="4bf9"} 0.03
delivery_gateway_position_age_seconds_bucket{le="0.1",stage="written"} 110
delivery_gateway_position_age_seconds_bucket{le="+Inf",stage="written"} 120
# HELP delivery_gateway_last_position_timestamp_seconds When the newest position was due.
# TYPE delivery_gateway_last_position_timestamp_seconds gauge
delivery_gateway_last_position_timestamp_seconds 1.7638e9 1763800000
# EOF
"#;

#[test]
fn samples_are_read_with_their_labels_and_without_the_rest() {
    let metrics = Metrics::parse(TEXT).unwrap();
    assert_eq!(metrics.sum("delivery_gateway_websocket_connections"), Some(9.0));
    assert_eq!(metrics.sum_where("delivery_gateway_websocket_connections", &[("mode", "latest")]), Some(7.0));
    assert_eq!(metrics.by("delivery_gateway_websocket_connections", "form"), [("json", 8.0), ("binary", 1.0)]);
    assert_eq!(metrics.sum("delivery_gateway_positions_conflated_total"), Some(417.0));
    assert_eq!(metrics.sum("delivery_gateway_last_position_timestamp_seconds"), Some(1.7638e9));
    assert_eq!(metrics.sum("delivery_gateway_ring_bytes"), None);
    assert_eq!(
        metrics.buckets("delivery_gateway_position_age_seconds", &[("stage", "written")]),
        [(0.05, 60.0), (0.1, 110.0), (f64::INFINITY, 120.0)]
    );
}

#[test]
fn a_value_of_a_label_may_hold_braces_commas_and_escapes() {
    let text = "a_total{reason=\"x, {y} \\\"z\\\" \\\\ \\n\",topic=\"\"} 3\n# EOF\n";
    let metrics = Metrics::parse(text).unwrap();
    assert_eq!(metrics.by("a_total", "reason"), [("x, {y} \"z\" \\ \n", 3.0)]);
    assert_eq!(metrics.sum_where("a_total", &[("topic", "")]), Some(3.0));
}

#[test]
fn what_is_no_openmetrics_or_ends_early_is_refused() {
    assert_eq!(Metrics::parse("a 1\n<html>\n# EOF\n"), Err(InvalidMetrics::Line(2)));
    assert_eq!(Metrics::parse("a{b=\"c} 1\n# EOF\n"), Err(InvalidMetrics::Line(1)));
    assert_eq!(Metrics::parse("a 1\n"), Err(InvalidMetrics::Incomplete));
    assert_eq!(Metrics::parse("# EOF\n"), Ok(Metrics::default()));
}

#[test]
fn fuzzed_texts_are_metrics_with_buckets_in_order_or_name_the_line_that_is_none() {
    let report = Fuzz::new("metrics").run(|input| {
        let Ok(text) = std::str::from_utf8(input) else { return "no text" };
        match Metrics::parse(text) {
            Ok(metrics) => {
                for sample in metrics.0.iter().take(4) {
                    let buckets = metrics.buckets(sample.name.trim_end_matches("_bucket"), &[]);
                    assert!(buckets.is_sorted_by(|(one, _), (other, _)| one.total_cmp(other).is_le()), "{buckets:?}");
                    assert!(metrics.sum(&sample.name).is_some());
                }
                "metrics"
            }
            Err(InvalidMetrics::Line(line)) => {
                assert!((1..=text.lines().count()).contains(&line), "{line}");
                "a line"
            }
            Err(InvalidMetrics::Incomplete) => "incomplete",
        }
    });
    report.reached(&["metrics", "a line", "incomplete", "no text"]);
}
