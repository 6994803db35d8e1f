//! An API server that answers as a test says, and remembers what it was asked.

use delivery_api::Delivery;
use delivery_kafka::KafkaConfig;
use delivery_operator::config::Config;
use delivery_operator::context::Context;
use delivery_operator::log::Log;
use delivery_operator::objects::{GuardedDelivery, GuardedRoute, Objects, Watched};
use delivery_operator::tenure::Tenure;
use http::{Method, Request, Response};
use kube::Client;
use kube::client::Body;
use kube::core::DeserializeGuard;
use kube_runtime::reflector;
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// One answer: to the next request with that method whose path has this end, once.
pub struct Answer {
    method: Method,
    path: &'static str,
    status: u16,
    body: Value,
}

pub fn answer(method: Method, path: &'static str, status: u16, body: Value) -> Answer {
    Answer { method, path, status, body }
}

/// What the API server says when it refuses.
pub fn refused(method: Method, path: &'static str, code: u16, reason: &str) -> Answer {
    let body = json!({ "kind": "Status", "status": "Failure", "code": code, "reason": reason, "message": reason });
    answer(method, path, code, body)
}

/// What it was asked.
#[derive(Debug)]
pub struct Asked {
    pub what: String,
    pub query: String,
    pub body: Value,
}

/// A client of a server that gives these answers; a request without an answer fails the test.
pub fn server(answers: Vec<Answer>) -> (Client, JoinHandle<Vec<Asked>>) {
    let (service, mut handle) = tower_test::mock::pair::<Request<Body>, Response<Body>>();
    let serving = tokio::spawn(async move {
        let mut answers = answers;
        let mut asked = Vec::new();
        while let Some((request, send)) = handle.next_request().await {
            let (parts, body) = request.into_parts();
            let bytes = body.collect_bytes().await.unwrap();
            let path = parts.uri.path().to_owned();
            let short = path.rsplit("/namespaces/shop/").next().unwrap_or(&path).to_owned();
            asked.push(Asked {
                what: format!("{} {short}", parts.method),
                query: parts.uri.query().unwrap_or_default().to_owned(),
                body: serde_json::from_slice(&bytes).unwrap_or(Value::Null),
            });
            let found = answers.iter().position(|answer| answer.method == parts.method && path.ends_with(answer.path));
            let Some(found) = found else { panic!("nobody expected {asked:?}") };
            let answer = answers.remove(found);
            let body = serde_json::to_vec(&answer.body).unwrap();
            send.send_response(Response::builder().status(answer.status).body(Body::from(body)).unwrap());
        }
        let unasked: Vec<_> = answers.iter().map(|answer| format!("{} {}", answer.method, answer.path)).collect();
        assert!(unasked.is_empty(), "nobody asked {unasked:?}");
        asked
    });
    (Client::new(service, "shop"), serving)
}

/// What reconciliations share, with a log that has been read and a Kafka that is not there.
pub fn context(client: Client) -> Context {
    context_with(client, Vec::new())
}

/// The same, with Deliveries that the watch has brought.
pub fn context_with(client: Client, known: Vec<Delivery>) -> Context {
    context_of(client, known, None)
}

/// The same with a Kafka.
pub fn context_of(client: Client, known: Vec<Delivery>, kafka: Option<KafkaConfig>) -> Context {
    let mut config: Config = serde_yaml::from_str(
        "
source: shop/code-delivery
watchNamespaces: [shop]
lease: { namespace: shop, name: code-delivery-operator }
kafka: { bootstrapServers: '127.0.0.1:1', topicPrefix: north. }
requests: { namespace: shop }
simulator:
  image: registry.example.com/simulator:1
  serviceAccountName: simulator
  kafkaPropertiesSecret: kafka-client
  labels: { app.kubernetes.io/name: code-delivery-simulator }
",
    )
    .unwrap();
    if let Some(kafka) = kafka {
        config.kafka = kafka;
    }
    let (deliveries, mut known_writer) = reflector::store::<GuardedDelivery>();
    for delivery in known {
        known_writer.apply_watcher_event(&kube_runtime::watcher::Event::Apply(DeserializeGuard(Ok(delivery))));
    }
    let (routes, mut writer) = reflector::store::<GuardedRoute>();
    let route: GuardedRoute = serde_yaml::from_str(super::ROUTE).unwrap();
    writer.apply_watcher_event(&kube_runtime::watcher::Event::Apply(route));
    let (_, complete) = watch::channel(true);
    let watched = Watched {
        namespace: "shop".to_owned(),
        deliveries,
        routes,
        deliveries_complete: complete.clone(),
        routes_complete: complete,
    };
    let log = Log::open(&config.kafka, Tenure::unlimited()).unwrap();
    let context = Context::new(client, config, Arc::new(Objects::new(vec![watched])), log, Tenure::unlimited());
    context.log_read.send_replace(true);
    context
}

/// Ends the conversation and tells what was asked: the server notices when the last client is gone.
pub async fn asked(context: Context, serving: JoinHandle<Vec<Asked>>) -> Vec<Asked> {
    drop(context);
    tokio::time::timeout(Duration::from_secs(5), serving).await.unwrap().unwrap()
}

/// The questions alone.
pub fn whats(asked: &[Asked]) -> Vec<&str> {
    asked.iter().map(|asked| asked.what.as_str()).collect()
}
