use prometheus_client::metrics::counter::Counter;

use super::*;

#[tokio::test]
async fn ready_is_503_with_the_reason_until_every_requirement_is_met() {
    let health = Health::default();
    health.require("topics", "The topics are being created.");
    let routes = routes(health.clone(), Arc::new(Registry::default()));
    let before = warp::test::request().path("/readyz").reply(&routes).await;
    assert_eq!(before.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(before.body(), "not ready: topics: The topics are being created.\n");
    assert_eq!(warp::test::request().path("/livez").reply(&routes).await.status(), StatusCode::OK);
    health.met("topics");
    assert_eq!(warp::test::request().path("/readyz").reply(&routes).await.status(), StatusCode::OK);
}

#[tokio::test]
async fn metrics_are_openmetrics_text() {
    let mut registry = Registry::with_prefix("delivery_test");
    let counter: Counter = Counter::default();
    registry.register("positions", "Positions", counter.clone());
    counter.inc();
    let answer = warp::test::request().path("/metrics").reply(&routes(Health::default(), Arc::new(registry))).await;
    assert_eq!(answer.headers()[CONTENT_TYPE], OPENMETRICS);
    assert!(String::from_utf8_lossy(answer.body()).contains("delivery_test_positions_total 1\n"));
}
