use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use http::{Request, Response};
use kube::Client;
use kube::client::Body;
use serde_json::json;

use super::*;

/// A cluster with a leading operator and two gateways, of which the second answers with this status and text. The first has read ten
/// positions more at each scrape.
fn played(second: (u16, &'static str)) -> Cluster {
    let (service, mut handle) = tower_test::mock::pair::<Request<Body>, Response<Body>>();
    let scrapes = Arc::new(AtomicU32::new(0));
    tokio::spawn(async move {
        while let Some((request, send)) = handle.next_request().await {
            let pod = |name: &str, component: &str| {
                json!({
                    "metadata": {"name": name, "namespace": "shop", "labels": {"app.kubernetes.io/name": component}},
                    "status": {"phase": "Running"},
                })
            };
            let (status, body) = match request.uri().path() {
                "/api/v1/namespaces/shop/pods" => {
                    let query = request.uri().query().unwrap().to_owned();
                    assert!(query.contains("instance%3Dnorth"), "{query}");
                    let items = [
                        pod("operator-a", "code-delivery-operator"),
                        pod("gateway-a", "code-delivery-gateway"),
                        pod("gateway-b", "code-delivery-gateway"),
                    ];
                    (200, json!({"kind": "PodList", "apiVersion": "v1", "metadata": {}, "items": items}).to_string())
                }
                "/api/v1/namespaces/shop/pods/operator-a:9090/proxy/metrics" => {
                    let text = "delivery_operator_leader 1\ndelivery_operator_deliveries{phase=\"Running\"} 2\n# EOF\n";
                    (200, text.to_owned())
                }
                "/api/v1/namespaces/shop/pods/gateway-a:9090/proxy/metrics" => {
                    let read = 10 * scrapes.fetch_add(1, Ordering::Relaxed);
                    let labels = "{topic=\"route.new-position\",reason=\"applied\"}";
                    (200, format!("delivery_gateway_records_total{labels} {read}\n# EOF\n"))
                }
                "/api/v1/namespaces/shop/pods/gateway-b:9090/proxy/metrics" => (second.0, second.1.to_owned()),
                other => panic!("unexpected request: {other}"),
            };
            send.send_response(Response::builder().status(status).body(Body::from(body.into_bytes())).unwrap());
        }
    });
    let client = Client::new(service, "shop");
    Cluster { client: client.clone(), streaming: client.clone(), no_retry: client, namespace: "shop".into() }
}

fn installed() -> Installation {
    let config = "{source: shop/north, kafka: {bootstrapServers: 'kafka:9092'}}";
    Installation {
        namespace: "shop".into(),
        config_map: "operator".into(),
        kafka_secret: None,
        traces: None,
        prometheus: None,
        config: serde_yaml::from_str(config).unwrap(),
    }
}

async fn shown(second: (u16, &'static str)) -> Measures {
    once(&played(second), &installed(), Duration::from_millis(100)).await.unwrap()
}

#[tokio::test]
async fn two_scrapes_through_the_api_server_give_rates_and_name_a_pod_that_does_not_answer() {
    let measures = shown((503, "error trying to reach service: dial tcp 10.0.0.7:9090: connection refused")).await;
    let rate = measures.served.unwrap().positions_per_second.unwrap();
    assert!(rate > 1.0 && rate <= 100.0, "ten positions in a tenth of a second or a little more: {rate}");
    assert_eq!(measures.deliveries.unwrap()[0].count, 2);
    assert_eq!(measures.missing.len(), 1);
    assert!(
        measures.missing[0].starts_with("The pod gateway-b cannot be scraped: error trying"),
        "{:?}",
        measures.missing
    );
}

#[tokio::test]
async fn a_pod_that_answers_with_something_else_is_named_too() {
    let ended = shown((200, "a 1\n")).await;
    assert_eq!(ended.missing, ["The pod gateway-b cannot be scraped: its metrics end early."]);
    let failed = shown((500, "oh")).await;
    assert_eq!(failed.missing, ["The pod gateway-b cannot be scraped: it answers 500 Internal Server Error."]);
}

#[test]
fn if_no_pod_answers_nothing_is_shown() {
    let error = scraped(measure(&[], &[])).unwrap_err();
    assert_eq!(
        error.to_string(),
        "Nothing can be shown. The operator has no pod. The gateway has no pod. See kubectl delivery check."
    );
}
