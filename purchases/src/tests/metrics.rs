use prometheus_client::encoding::text::encode;

use super::*;

#[test]
fn names_have_base_units_and_no_metric_fails_to_encode() {
    let mut registry = Registry::with_prefix("delivery_purchases");
    let metrics = Metrics::new(&mut registry);
    metrics.taken();
    metrics.repeated();
    metrics.refused("InvalidField");
    metrics.decided("APPROVED");
    metrics.in_hand(3);
    metrics.written(Topic::Purchase, 2);
    metrics.published(1_000, 1_030);
    metrics.working(true);
    metrics.failed("Unavailable");
    metrics.dependency("mongodb", false);
    metrics.answered(201, Duration::from_millis(7));
    metrics.http_closed("unread");
    metrics.over_budget("changes", "address");
    let mut text = String::new();
    encode(&mut text, &registry).unwrap();
    for line in [
        "delivery_purchases_taken_total 1",
        "delivery_purchases_repeated_total 1",
        "delivery_purchases_refused_total{reason=\"InvalidField\"} 1",
        "delivery_purchases_decided_total{state=\"APPROVED\"} 1",
        "delivery_purchases_in_hand 3",
        "delivery_purchases_records_written_total{topic=\"compra\"} 2",
        "delivery_purchases_publish_delay_seconds_bucket{le=\"0.05\"} 1",
        "delivery_purchases_relay_working 1",
        "delivery_purchases_relay_failures_total{reason=\"Unavailable\"} 1",
        "delivery_purchases_dependency_up{dependency=\"mongodb\"} 0",
        "delivery_purchases_http_responses_total{code=\"201\"} 1",
        "delivery_purchases_http_request_duration_seconds_bucket{le=\"0.01\"} 1",
        "delivery_purchases_http_connections_closed_total{reason=\"unread\"} 1",
        "delivery_purchases_over_budget_total{budget=\"changes\",of=\"address\"} 1",
    ] {
        assert!(text.lines().any(|found| found == line), "{line} is not in\n{text}");
    }
}
