use std::time::Duration;

use delivery_messages::Topic;
use prometheus_client::encoding::text::encode;

use super::*;
use crate::protocol::subscription::{Form, Kind, Mode};

#[test]
fn names_have_base_units_and_no_metric_fails_to_encode() {
    let mut registry = Registry::with_prefix("delivery_gateway");
    let metrics = Metrics::new(&mut registry);
    let kind = Kind { mode: Mode::All, form: Form::Json, batch: true };
    metrics.opened(kind);
    metrics.closed(kind, "client");
    metrics.sent(kind).positions([1_000].into_iter(), 900);
    metrics.sent(kind).positions([1_000].into_iter(), 1_030);
    metrics.sent(kind).conflated(3);
    metrics.ring(4_096);
    metrics.lag(5);
    metrics.group_lag("code-delivery-history", Topic::Plan, Some(7));
    metrics.group_lag("code-delivery-history", Topic::State, Some(8));
    metrics.group_lag("code-delivery-history", Topic::State, None);
    metrics.unread_partitions([Topic::Plan, Topic::Plan]);
    metrics.bad_record(Topic::Plan, "MalformedRecord");
    metrics.ages().newest(1_500);
    metrics.ages().read(1_000, 1_008, 1_040, None);
    metrics.first_listed(Duration::from_millis(3));
    metrics.ring_span(90_500);
    metrics.answered(200, Duration::from_millis(40));
    metrics.dependency("mongodb", false);
    metrics.searched("near", "HistoryTooSlow", Duration::from_millis(700));
    let mut text = String::new();
    encode(&mut text, &registry).unwrap();
    for line in [
        concat!("delivery_gateway_build_info{version=\"", env!("CARGO_PKG_VERSION"), "\"} 1"),
        "delivery_gateway_websocket_connections{mode=\"all\",form=\"json\"} 0",
        "delivery_gateway_positions_sent_total{mode=\"all\",form=\"json\"} 2",
        "delivery_gateway_positions_conflated_total 3",
        "delivery_gateway_ring_bytes 4096",
        "delivery_gateway_consumer_lag_records 5",
        "delivery_gateway_consumer_group_lag_records{group=\"code-delivery-history\",topic=\"delivery.plan\"} 7",
        "delivery_gateway_unread_partitions{topic=\"delivery.plan\"} 2",
        "delivery_gateway_websocket_connections_closed_total{reason=\"client\"} 1",
        "delivery_gateway_position_age_seconds_bucket{le=\"0.01\",stage=\"log\"} 1",
        "delivery_gateway_position_age_seconds_bucket{le=\"0.025\",stage=\"read\"} 0",
        "delivery_gateway_position_age_seconds_bucket{le=\"0.05\",stage=\"read\"} 1",
        "delivery_gateway_position_age_seconds_bucket{le=\"0.05\",stage=\"written\"} 2",
        "delivery_gateway_first_snapshot_duration_seconds_bucket{le=\"0.005\"} 1",
        "delivery_gateway_ring_span_seconds 90.5",
        "delivery_gateway_http_request_duration_seconds_bucket{le=\"0.05\"} 1",
        "delivery_gateway_positions_from_the_future_total 1",
        "delivery_gateway_bad_records_total{topic=\"delivery.plan\",reason=\"MalformedRecord\"} 1",
        "delivery_gateway_last_position_timestamp_seconds 1.5",
        "delivery_gateway_dependency_up{dependency=\"mongodb\"} 0",
        "delivery_gateway_position_index_queries_total{query=\"near\",outcome=\"HistoryTooSlow\"} 1",
        "delivery_gateway_position_index_query_duration_seconds_bucket{le=\"1.0\"} 1",
    ] {
        assert!(text.lines().any(|found| found == line), "{line} is not in\n{text}");
    }
    assert!(!text.contains("topic=\"delivery.state\""), "another replica has those partitions:\n{text}");
}
