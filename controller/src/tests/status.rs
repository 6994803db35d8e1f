use http::{Request, Response};
use k8s_openapi::api::core::v1::Pod;
use kube::client::Body;
use serde_json::Value;

use super::*;

/// What becomes of a write that the API server answers like this, and the path and body of the write.
async fn written(code: u16, resource_version: Option<&str>) -> (Result<Write<Pod>, ApiError>, (String, Value)) {
    let (service, mut handle) = tower_test::mock::pair::<Request<Body>, Response<Body>>();
    let client = Client::new(service, "shop");
    let server = tokio::spawn(async move {
        let (request, send) = handle.next_request().await.unwrap();
        let uri = request.uri().to_string();
        let body = request.into_body().collect_bytes().await.unwrap();
        let answer = if code == 200 {
            json!({ "metadata": { "name": "a" } })
        } else {
            json!({ "kind": "Status", "status": "Failure", "code": code, "message": "no", "reason": "" })
        };
        let answer = Body::from(serde_json::to_vec(&answer).unwrap());
        send.send_response(Response::builder().status(code).body(answer).unwrap());
        (uri, serde_json::from_slice(&body).unwrap())
    });
    let mut pod = Pod::default();
    (pod.metadata.name, pod.metadata.namespace) = (Some("a".to_owned()), Some("shop".to_owned()));
    pod.metadata.uid = Some("u".to_owned());
    let result = apply(&client, &pod, resource_version, &json!({ "phase": "Running" }), "tests").await;
    (result, server.await.unwrap())
}

#[tokio::test]
async fn a_status_is_applied_to_the_object_that_it_was_decided_for() {
    let (result, (uri, body)) = written(200, Some("7")).await;
    assert!(matches!(result.unwrap(), Write::Done(pod) if pod.name_any() == "a"));
    assert!(uri.contains("/namespaces/shop/pods/a/status?") && uri.contains("fieldManager=tests"), "{uri}");
    assert_eq!(
        body,
        json!({
            "apiVersion": "v1", "kind": "Pod", "status": { "phase": "Running" },
            "metadata": { "name": "a", "uid": "u", "resourceVersion": "7" },
        })
    );
    let (_, (_, body)) = written(200, None).await;
    assert_eq!(body["metadata"], json!({ "name": "a", "uid": "u" }), "without a version nothing is guarded by it");
}

#[tokio::test]
async fn an_object_that_has_changed_or_gone_is_no_error() {
    assert_eq!(written(409, None).await.0.unwrap(), Write::Conflict);
    assert_eq!(written(404, None).await.0.unwrap(), Write::Gone);
    let error = written(403, None).await.0.unwrap_err().to_string();
    assert!(error.starts_with("Cannot write the status"), "{error}");
}
