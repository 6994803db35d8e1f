use prometheus_client::encoding::text::encode;

use super::*;

#[test]
fn requests_to_kafka_connect_count_whether_or_not_they_are_answered() {
    let metrics = Metrics::default();
    metrics.connect_asked(Some(StatusCode::NO_CONTENT), Duration::from_millis(20));
    metrics.connect_asked(Some(StatusCode::CONFLICT), Duration::from_millis(200));
    metrics.connect_asked(None, Duration::from_secs(10));
    let mut text = String::new();
    encode(&mut text, &metrics.registry(Vec::new)).unwrap();
    for line in [
        r#"delivery_connector_operator_connect_requests_total{code="204"} 1"#,
        r#"delivery_connector_operator_connect_requests_total{code="409"} 1"#,
        r#"delivery_connector_operator_connect_requests_total{code="none"} 1"#,
        r#"delivery_connector_operator_connect_request_duration_seconds_bucket{le="0.25"} 2"#,
    ] {
        assert!(text.lines().any(|found| found == line), "{line}\n{text}");
    }
}
