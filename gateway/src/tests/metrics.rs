use prometheus_client::encoding::text::encode;

use super::*;
use crate::protocol::subscription::{Form, Mode};

#[test]
fn names_have_base_units_and_no_metric_fails_to_encode() {
    let mut registry = Registry::with_prefix("delivery_gateway");
    let metrics = Metrics::new(&mut registry);
    let kind = Kind { mode: Mode::All, form: Form::Json, batch: true };
    metrics.opened(kind);
    metrics.closed(kind, "client");
    metrics.positions_sent(kind, &[1_000], 900);
    metrics.positions_sent(kind, &[1_000], 1_030);
    metrics.conflated(3);
    metrics.ring(4_096);
    metrics.lag(5);
    metrics.bad_record(Topic::Plan, "MalformedRecord");
    metrics.newest_position(1_500);
    metrics.dependency("mongodb", false);
    metrics.searched("near", "HistoryTooSlow", Duration::from_millis(700));
    let mut text = String::new();
    encode(&mut text, &registry).unwrap();
    for line in [
        "delivery_gateway_websocket_connections{mode=\"all\",form=\"json\"} 0",
        "delivery_gateway_positions_sent_total{mode=\"all\",form=\"json\"} 2",
        "delivery_gateway_positions_conflated_total 3",
        "delivery_gateway_ring_bytes 4096",
        "delivery_gateway_consumer_lag_records 5",
        "delivery_gateway_websocket_connections_closed_total{reason=\"client\"} 1",
        "delivery_gateway_end_to_end_latency_seconds_bucket{le=\"0.05\"} 2",
        "delivery_gateway_positions_from_the_future_total 1",
        "delivery_gateway_bad_records_total{topic=\"delivery.plan\",reason=\"MalformedRecord\"} 1",
        "delivery_gateway_last_position_timestamp_seconds 1.5",
        "delivery_gateway_dependency_up{dependency=\"mongodb\"} 0",
        "delivery_gateway_history_questions_total{question=\"near\",outcome=\"HistoryTooSlow\"} 1",
        "delivery_gateway_history_question_duration_seconds_bucket{le=\"1.0\"} 1",
    ] {
        assert!(text.lines().any(|found| found == line), "{line} is not in\n{text}");
    }
}
