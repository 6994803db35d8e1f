use http::Response;
use serde_json::json;

use super::*;

#[test]
fn pods_that_have_ended_or_are_being_deleted_are_left_out_and_the_port_is_the_named_one() {
    let pod = |labels: Value, status: Value, deleted: Value| -> Pod {
        let port = |name: &str, number: i32| json!({"name": name, "containerPort": number});
        let ports = json!([port("http-ws", 8080), port("http-metrics", 9191)]);
        serde_json::from_value(json!({
            "metadata": {"name": "p", "namespace": "shop", "labels": labels, "deletionTimestamp": deleted},
            "spec": {"containers": [{"name": "sidecar"}, {"name": "gateway", "ports": ports}]},
            "status": status,
        }))
        .unwrap()
    };
    let gateway = json!({"app.kubernetes.io/name": "code-delivery-gateway"});
    let running = json!({"phase": "Running"});
    let found = service_pod(&pod(gateway.clone(), running.clone(), Value::Null)).unwrap();
    assert_eq!((found.service, found.port, found.namespace.as_str()), (Service::Gateway, 9191, "shop"));
    let deleted = json!("2026-11-22T10:00:00Z");
    assert_eq!(service_pod(&pod(gateway.clone(), running.clone(), deleted)), None);
    assert_eq!(service_pod(&pod(gateway, json!({"phase": "Failed"}), Value::Null)), None);
    assert_eq!(service_pod(&pod(json!({NAME: "code-delivery-simulator"}), running, Value::Null)), None);
}

#[test]
fn the_selector_names_the_services_and_the_release() {
    assert_eq!(
        selector(&[Service::Operator, Service::Gateway], Some("north")),
        "app.kubernetes.io/part-of=code-delivery,app.kubernetes.io/name in (code-delivery-operator,code-delivery-gateway),\
         app.kubernetes.io/instance=north"
    );
    assert!(!selector(&Service::ALL, None).contains("instance"));
}

async fn answer(status: u16, body: &'static str) -> Result<PodAnswer, NoAnswer> {
    let (service, mut handle) = tower_test::mock::pair::<Request<Body>, Response<Body>>();
    let serving = tokio::spawn(async move {
        let (request, send) = handle.next_request().await.unwrap();
        send.send_response(Response::builder().status(status).body(Body::from(body.as_bytes().to_vec())).unwrap());
        request.uri().to_string()
    });
    let client = kube::Client::new(service, "shop");
    let cluster =
        Cluster { client: client.clone(), streaming: client.clone(), no_retry: client, namespace: "shop".into() };
    let pod = ServicePod { service: Service::Gateway, namespace: "n".into(), name: "g-1".into(), port: 9090 };
    let answer = get(&cluster, &pod, "/readyz").await;
    assert_eq!(serving.await.unwrap(), "/api/v1/namespaces/n/pods/g-1:9090/proxy/readyz");
    answer
}

#[tokio::test]
async fn a_pod_that_is_not_ready_answers_and_one_that_the_api_server_cannot_reach_does_not() {
    let not_ready = answer(503, "not ready: snapshot: Reading the deliveries from Kafka.\n").await.unwrap();
    assert_eq!(not_ready.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(not_ready.text.starts_with("not ready: snapshot"));
    let refused = answer(403, r#"{"kind": "Status", "message": "pods is forbidden."}"#).await.unwrap_err();
    assert_eq!((refused.to_string().as_str(), refused.is_forbidden), ("pods is forbidden", true));
    let closed = answer(503, "Error trying to reach service: 'dial tcp 10.0.0.7:9090: connection refused'").await;
    let closed = closed.unwrap_err();
    assert!(closed.to_string().ends_with("connection refused'") && !closed.is_forbidden, "{closed:?}");
}
