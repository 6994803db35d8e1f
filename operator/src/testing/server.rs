//! An API server with the answers that a test gives it, which records the requests.

use std::sync::Arc;
use std::time::Duration;

use delivery_api::Delivery;
use delivery_controller::watch::{Listing, Watched};
use delivery_kafka::KafkaConfig;
use delivery_observability::Health;
use http::{Method, Request, Response};
use kube::Client;
use kube::client::Body;
use kube::core::DeserializeGuard;
use kube_runtime::reflector;
use serde_json::{Value, json};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::base::config::Config;
use crate::base::metrics::Metrics;
use crate::base::objects::{GuardedDelivery, GuardedRoute, Namespace, Objects};
use crate::base::wake::Wake;
use crate::leadership::guard::LeadershipGuard;
use crate::log::connection::Log;
use crate::run::operator::Foundation;
use crate::run::operator::Operator;

/// One answer: to the next request with that method whose path has this end, once.
pub(crate) struct Answer {
    method: Method,
    path: &'static str,
    status: u16,
    body: Value,
}

pub(crate) fn answer(method: Method, path: &'static str, status: u16, body: Value) -> Answer {
    Answer { method, path, status, body }
}

/// A refusal by the API server.
pub(crate) fn refused(method: Method, path: &'static str, code: u16, reason: &str) -> Answer {
    let body = json!({ "kind": "Status", "status": "Failure", "code": code, "reason": reason, "message": reason });
    answer(method, path, code, body)
}

/// A request that was received.
#[derive(Debug)]
pub(crate) struct Asked {
    pub what: String,
    pub query: String,
    pub body: Value,
}

/// A client of a server that gives these answers; a request without an answer fails the test.
pub(crate) fn server(answers: Vec<Answer>) -> (Client, JoinHandle<Vec<Asked>>) {
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
            let Some(found) = found else { panic!("no answer is left for the last of {asked:?}") };
            let answer = answers.remove(found);
            let body = serde_json::to_vec(&answer.body).unwrap();
            send.send_response(Response::builder().status(answer.status).body(Body::from(body)).unwrap());
        }
        let unasked: Vec<_> = answers.iter().map(|answer| format!("{} {}", answer.method, answer.path)).collect();
        assert!(unasked.is_empty(), "these requests were never sent: {unasked:?}");
        asked
    });
    (Client::new(service, "shop"), serving)
}

/// An operator whose log has been read, with a Kafka that does not exist.
pub(crate) fn operator(client: Client) -> Operator {
    operator_with(client, Vec::new())
}

/// The same, with Deliveries that the watch has returned.
pub(crate) fn operator_with(client: Client, known: Vec<Delivery>) -> Operator {
    caught_up(operator_of(client, known, None, watch::Sender::new(true).subscribe()))
}

/// The same with a Kafka.
pub(crate) fn operator_with_kafka(client: Client, kafka: KafkaConfig) -> Operator {
    caught_up(operator_of(client, Vec::new(), Some(kafka), watch::Sender::new(true).subscribe()))
}

fn caught_up(operator: Operator) -> Operator {
    operator.log.set_caught_up();
    operator
}

/// An operator that has read nothing yet.
pub(crate) fn operator_of(
    client: Client,
    known: Vec<Delivery>,
    kafka: Option<KafkaConfig>,
    leading: watch::Receiver<bool>,
) -> Operator {
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
    let (_, listing) = watch::channel(Listing::complete());
    let namespace = || "shop".to_owned();
    let watched = Namespace {
        deliveries: Watched { namespace: namespace(), store: deliveries, listing: listing.clone() },
        routes: Watched { namespace: namespace(), store: routes, listing },
    };
    let (guard, metrics) = (LeadershipGuard::unlimited(), Metrics::default());
    let log = Arc::new(Log::open(&config.kafka, guard.clone(), leading, metrics.clone()).unwrap());
    log.set_topics_fit();
    let objects = Arc::new(Objects::new(vec![watched]));
    objects.settle();
    Operator::new(Foundation {
        config,
        client,
        guard,
        objects,
        log,
        metrics,
        wake: Wake::default(),
        health: Health::default(),
    })
}

/// Ends the conversation and returns the requests: the server ends when the last client is gone.
pub(crate) async fn asked(operator: Operator, serving: JoinHandle<Vec<Asked>>) -> Vec<Asked> {
    drop(operator);
    tokio::time::timeout(Duration::from_secs(5), serving).await.unwrap().unwrap()
}

/// The requests without their queries and bodies.
pub(crate) fn whats(asked: &[Asked]) -> Vec<&str> {
    asked.iter().map(|asked| asked.what.as_str()).collect()
}
