use super::*;

#[test]
fn runs_are_counted_by_result_and_times_are_never_negative() {
    let mut registry = Registry::default();
    let health = Health::default();
    let _runs = health.heartbeat("runs", std::time::Duration::from_mins(5));
    let metrics = Metrics::register(&mut registry, 180, &health);
    metrics.saw(Sight::Accepted { after: 300 });
    metrics.saw(Sight::FirstPosition { after: 2_000 });
    metrics.saw(Sight::Position { age: -5 });
    metrics.succeeded(1_500);
    metrics.failed(&Failure::NotAccepted("r".to_owned()));
    let mut text = String::new();
    prometheus_client::encoding::text::encode(&mut text, &registry).unwrap();
    for line in [
        "delivery_canary_runs_total{result=\"success\"} 1",
        "delivery_canary_runs_total{result=\"not-accepted\"} 1",
        "delivery_canary_accept_duration_seconds_bucket{le=\"0.25\"} 0",
        "delivery_canary_accept_duration_seconds_bucket{le=\"0.5\"} 1",
        "delivery_canary_first_position_duration_seconds_sum 2.0",
        "delivery_canary_position_age_seconds_sum 0.0",
        "delivery_canary_last_success_timestamp_seconds 1.5",
        "delivery_canary_interval_seconds 180",
        "delivery_canary_hanging_loops{loop=\"runs\"} 0",
        "delivery_canary_ready 1",
        concat!("delivery_canary_build_info{version=\"", env!("CARGO_PKG_VERSION"), "\"} 1"),
    ] {
        assert!(text.lines().any(|found| found == line), "{line} is not in {text}");
    }
}
