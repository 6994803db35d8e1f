use http::Response;
use http_body_util::BodyExt as _;
use serde_json::json;

use super::*;

async fn answer(kind: Kind, status: u16, body: Value) -> Result<Reply, ServerError> {
    let (service, mut handle) = tower_test::mock::pair::<Request<Body>, Response<Body>>();
    let serving = tokio::spawn(async move {
        let (request, send) = handle.next_request().await.unwrap();
        let body = Body::from(serde_json::to_vec(&body).unwrap());
        send.send_response(Response::builder().status(status).body(body).unwrap());
        request.uri().to_string()
    });
    let server =
        Server { kind, client: Client::new(service, "shop"), base: "/base".into(), location: "of the test".into() };
    let reply = server.get(&format!("/deliveries?courier={}", encoded("José & co"))).await;
    assert_eq!(serving.await.unwrap(), "/base/deliveries?courier=Jos%C3%A9%20%26%20co");
    reply
}

#[tokio::test]
async fn an_error_of_the_gateway_is_an_answer_and_a_refusal_of_the_api_server_is_not() {
    let wrong = json!({"error": {"reason": "HistoryOff", "message": "There is no Elasticsearch."}});
    let reply = answer(Kind::Gateway, 404, wrong).await.unwrap();
    assert_eq!((reply.status, reply.reason()), (StatusCode::NOT_FOUND, Some("HistoryOff")));
    assert_eq!(reply.message(), "There is no Elasticsearch.");
    let refusal = json!({"kind": "Status", "apiVersion": "v1", "message": "services is forbidden", "code": 403});
    let error = answer(Kind::Gateway, 403, refusal).await.unwrap_err();
    assert!(error.is_forbidden() && !error.is_passing());
    assert_eq!(error.reason(), "GatewayUnavailable");
    let error = error.to_string();
    assert!(error.contains("of the test") && error.contains("services is forbidden"), "{error}");
    let away = json!({"kind": "Status", "apiVersion": "v1", "message": "no endpoints available", "code": 503});
    let error = answer(Kind::Invoices, 503, away).await.unwrap_err();
    assert!(!error.is_forbidden() && error.is_passing());
    assert_eq!(
        error.to_string(),
        "The service of invoices of the test does not answer: no endpoints available. Check that it is running."
    );
    assert_eq!(
        answer(Kind::Gateway, 502, json!("oh")).await.unwrap().message(),
        "The gateway answers 502 Bad Gateway."
    );
}

#[tokio::test]
async fn an_answer_without_an_end_is_an_error_that_says_whose_it_is() {
    let error = answer(Kind::Prometheus, 200, json!("A".repeat(answer::LIMIT))).await.unwrap_err();
    let said = "The query API of Prometheus of the test answers with more than 65536 KiB. Check that it is one, and ask for less.";
    assert_eq!((error.reason(), error.to_string().as_str()), ("ServiceUnavailable", said));
    assert!(!error.is_passing());
}

#[tokio::test]
async fn a_purchase_is_sent_as_json_under_its_key() {
    let (service, mut handle) = tower_test::mock::pair::<Request<Body>, Response<Body>>();
    let serving = tokio::spawn(async move {
        let (request, send) = handle.next_request().await.unwrap();
        send.send_response(Response::builder().status(201).body(Body::from(b"{\"id\": 7}".to_vec())).unwrap());
        let (parts, body) = request.into_parts();
        (parts, body.collect().await.unwrap().to_bytes())
    });
    let client = Client::new(service, "shop");
    let server = Server { kind: Kind::Purchases, client, base: "/api".into(), location: "of the test".into() };
    let reply = server.post("/purchases", "k-1", &json!({"items": []})).await.unwrap();
    assert_eq!((reply.status, &reply.body), (StatusCode::CREATED, &json!({"id": 7})));
    let (parts, body) = serving.await.unwrap();
    assert_eq!((parts.method.as_str(), parts.uri.path()), ("POST", "/api/purchases"));
    assert_eq!(parts.headers["idempotency-key"], "k-1");
    assert_eq!(parts.headers["content-type"], "application/json");
    assert_eq!(body.as_ref(), b"{\"items\":[]}");
}

#[tokio::test]
async fn an_address_needs_a_scheme() {
    assert!(Server::at(Kind::Gateway, "http://127.0.0.1:30080/", "").is_ok());
    let message = Server::at(Kind::Gateway, "127.0.0.1:30080", "").err().unwrap().to_string();
    assert!(message.contains("127.0.0.1:30080"), "{message}");
}

#[test]
fn an_address_with_a_login_is_refused_without_saying_it() {
    for address in ["http://me:hunter2@127.0.0.1:30080", "me:hunter2@127.0.0.1:30080", "http://me:hun ter2@127.0.0.1"] {
        let message = Server::at(Kind::Gateway, address, "").err().unwrap().to_string();
        assert!(message.contains("…@127.0.0.1") && !message.contains("ter2"), "{message}");
    }
}

#[test]
fn a_uuid_stays_as_it_is_in_a_path_and_nothing_leads_out_of_it() {
    assert_eq!(segment("7d0c2c56-6a43-4c1a-9df1-2b8f1d0e0001"), "7d0c2c56-6a43-4c1a-9df1-2b8f1d0e0001");
    assert_eq!(segment("a/b?c=d&e f"), "a%2Fb%3Fc%3Dd%26e%20f");
}
