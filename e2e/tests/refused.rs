//! Invalid input: the sender sees a clear error, and nothing else stops.

#![allow(clippy::panic, clippy::unwrap_used, reason = "a test ends with the first thing that is wrong")]

use std::fs;
use std::path::Path;

use delivery_e2e::cluster::{Cluster, condition};
use delivery_e2e::gateway::{Socket, request};
use delivery_e2e::log::Log;
use delivery_e2e::unique;
use delivery_messages::Topic;
use delivery_messages::records::dead_letter::{LENGTH_HEADER, MAX_VALUE, REASON_HEADER};
use hyper::{Method, StatusCode};
use kube::ResourceExt;
use kube::api::DeleteParams;
use serde_json::{Value, json};

fn delivery(spec: &Value) -> Value {
    let name = unique("refused");
    json!({"apiVersion": "codedelivery.dev/v1alpha1", "kind": "Delivery", "metadata": {"name": name}, "spec": spec})
}

#[tokio::test]
async fn the_api_server_refuses_every_invalid_example_with_the_message_that_it_names() {
    let cluster = Cluster::connect().await.unwrap();
    let examples = Path::new("../crds/examples/invalid");
    let mut seen = 0;
    for file in fs::read_dir(examples).unwrap() {
        let file = file.unwrap().path();
        let text = fs::read_to_string(&file).unwrap();
        let (_, expected) = text.lines().find_map(|line| line.split_once("# Expected: ")).unwrap_or_else(|| {
            panic!("{} does not say `# Expected: message`", file.display());
        });
        let manifest: Value = serde_yaml::from_str(&text).unwrap();
        let error = cluster.create_strictly(&manifest).await.map(drop).unwrap_err().to_string();
        assert!(error.contains(expected.trim()), "{}: {error}", file.display());
        seen += 1;
    }
    assert!(seen >= 8, "only {seen} invalid examples");
}

#[tokio::test]
async fn a_mistyped_field_is_named() {
    let cluster = Cluster::connect().await.unwrap();
    let manifest = delivery(&json!({"routeRef": {"name": "primeiro"}, "curier": "moto-7"}));
    let error = cluster.create_strictly(&manifest).await.unwrap_err().to_string();
    assert!(error.contains("curier"), "{error}");
}

#[tokio::test]
async fn a_route_whose_points_are_all_the_same_is_not_ready_with_the_reason() {
    let cluster = Cluster::connect().await.unwrap();
    let route = cluster.route("still", &[[-47.9, -15.8], [-47.9, -15.8]]).await.unwrap();
    let told = |found: Option<&delivery_api::DeliveryRoute>| {
        found.is_some_and(|found| condition(&found.status, "Ready").is_some_and(|(status, _)| status == "False"))
    };
    let found = cluster.until("Ready=False", cluster.routes(), &route.name_any(), told).await.unwrap().unwrap();
    let status = serde_json::to_value(found.status).unwrap();
    let message = status["conditions"][0]["message"].as_str().unwrap();
    assert!(message.ends_with('.') && message.len() > 20, "a whole sentence: {message}");
    cluster.routes().delete(&route.name_any(), &DeleteParams::default()).await.unwrap();
}

#[tokio::test]
async fn invalid_records_become_dead_letters_with_reasons_and_stop_nothing() {
    let log = Log::default();
    let huge = vec![b'x'; 2_000_000];
    let before = log.allow(Topic::NewDirection, 3_000_000).await.unwrap();
    let mut sent = Vec::new();
    for (value, reason) in [
        (&b"no json at all"[..], "MalformedRecord"),
        (br#"{"routeId": 1}"#, "MalformedRecord"),
        (br#"{"routeId": ""}"#, "InvalidField"),
        (br#"{"routeId": "no-such-route", "clientId": "x"}"#, "UnknownRoute"),
        (&huge, "MalformedRecord"),
    ] {
        // The constant key of the vehicle tracker's clients, so that all of them share one partition.
        sent.push((log.send(Topic::NewDirection, Some("route.new-direction"), value).await, value, reason));
    }
    // Whatever came of them, the topic is as it was.
    log.configure(Topic::NewDirection, &before).await.unwrap();
    for (place, value, reason) in sent {
        let place = place.unwrap();
        let letter = log.dead_letter(Topic::NewDirection, place).await.unwrap();
        assert_eq!(letter.headers[REASON_HEADER], reason, "{:?}", letter.headers);
        assert_eq!(letter.headers[LENGTH_HEADER], value.len().to_string());
        assert_eq!(letter.value.unwrap().len(), value.len().min(MAX_VALUE));
    }
    let place = log.send(Topic::Command, Some("x"), b"{}").await.unwrap();
    assert_eq!(log.dead_letter(Topic::Command, place).await.unwrap().headers[REASON_HEADER], "MalformedRecord");

    let request_id = unique("after-rubbish");
    let good = json!({"routeId": "2", "clientId": "x", "requestId": request_id}).to_string();
    log.send(Topic::NewDirection, Some("route.new-direction"), good.as_bytes()).await.unwrap();
    let plan = log
        .find(Topic::Plan, "the plan of the good request", |record| {
            let plan: delivery_messages::Plan = delivery_messages::decode(Topic::Plan, record.value.as_deref()).ok()?;
            (plan.request_id.as_ref() == Some(&request_id)).then_some(plan)
        })
        .await
        .unwrap();
    assert_eq!(plan.route_id, "2");
    let cluster = Cluster::connect().await.unwrap();
    cluster.deliveries().delete(&plan.name, &DeleteParams::default()).await.unwrap();
}

#[tokio::test]
async fn an_invalid_frame_is_answered_and_a_huge_one_ends_only_its_own_connection() {
    let (mut witness, _) = Socket::open().await.unwrap();
    let (mut socket, _) = Socket::open().await.unwrap();
    for text in
        ["no json", "[]", r#"{"event": "dance", "data": {}}"#, r#"{"event": "new-direction", "data": {"routeId": 1}}"#]
    {
        socket.send_text(text.to_owned()).await.unwrap();
        let error = socket.until("error", |_| true).await.unwrap();
        assert!(error["message"].as_str().unwrap().ends_with('.'), "{text}: {error}");
    }
    socket.send_text("x".repeat(200_000)).await.unwrap();
    let code = socket.until_closed().await.unwrap();
    assert!(matches!(code, None | Some(1009)), "{code:?}");
    witness.send_text("still here".to_owned()).await.unwrap();
    witness.until("error", |_| true).await.unwrap();
}

#[tokio::test]
async fn an_unknown_route_and_a_speed_of_0_are_refused_where_its_sender_sees_it() {
    let (status, body) = request(Method::POST, "/routes/no-such-route/start", Some(&json!({}))).await.unwrap();
    assert_eq!(status, StatusCode::NOT_FOUND);
    assert_eq!(body["error"]["reason"], "UnknownRoute");
    let (status, body) = request(Method::POST, "/routes/1/start", Some(&json!({"speedKmh": 0}))).await.unwrap();
    assert_eq!((status, &body["error"]["reason"]), (StatusCode::BAD_REQUEST, &json!("InvalidRequest")), "{body}");
    let (status, _) = request(Method::GET, "/routes/no-such-route", None).await.unwrap();
    assert_eq!(status, StatusCode::NOT_FOUND);

    let (mut socket, _) = Socket::open().await.unwrap();
    let request_id = unique("unknown");
    socket.send("new-direction", &json!({"routeId": "no-such-route", "requestId": request_id})).await.unwrap();
    let rejected = socket.until("rejected", |data| data["requestId"] == json!(request_id)).await.unwrap();
    assert_eq!(rejected["reason"], "UnknownRoute");
}
