use http::Response;
use serde_json::json;

use super::*;

async fn answer(status: u16, body: Value) -> Result<Reply, GatewayError> {
    let (service, mut handle) = tower_test::mock::pair::<Request<Body>, Response<Body>>();
    let serving = tokio::spawn(async move {
        let (request, send) = handle.next_request().await.unwrap();
        let body = Body::from(serde_json::to_vec(&body).unwrap());
        send.send_response(Response::builder().status(status).body(body).unwrap());
        request.uri().to_string()
    });
    let gateway =
        Gateway { client: Client::new(service, "shop"), base: "/base".into(), location: "of the test".into() };
    let reply = gateway.get(&format!("/deliveries?courier={}", encoded("José & co"))).await;
    assert_eq!(serving.await.unwrap(), "/base/deliveries?courier=Jos%C3%A9%20%26%20co");
    reply
}

#[tokio::test]
async fn an_error_of_the_gateway_is_an_answer_and_a_refusal_of_the_api_server_is_not() {
    let wrong = json!({"error": {"reason": "HistoryOff", "message": "There is no Elasticsearch."}});
    let reply = answer(404, wrong).await.unwrap();
    assert_eq!((reply.status, reply.reason()), (StatusCode::NOT_FOUND, Some("HistoryOff")));
    assert_eq!(reply.message(), "There is no Elasticsearch.");
    let refusal = json!({"kind": "Status", "apiVersion": "v1", "message": "services is forbidden", "code": 403});
    let error = answer(403, refusal).await.unwrap_err().to_string();
    assert!(error.contains("of the test") && error.contains("services is forbidden"), "{error}");
    assert_eq!(answer(502, json!("oh")).await.unwrap().message(), "The gateway answers 502 Bad Gateway.");
}

#[tokio::test]
async fn an_address_needs_a_scheme() {
    assert!(at("http://127.0.0.1:30080/").is_ok());
    let message = at("127.0.0.1:30080").err().unwrap().to_string();
    assert!(message.contains("127.0.0.1:30080"), "{message}");
}
