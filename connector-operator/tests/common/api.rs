//! An API server with one `KafkaConnector` that keeps what is written and records the requests.

use std::sync::{Arc, Mutex};

use delivery_connector_operator::config::Config;
use delivery_connector_operator::connect::rest;
use delivery_connector_operator::metrics::Metrics;
use delivery_connector_operator::reconcile::context::Context;
use delivery_connector_operator::strimzi::connector::{GuardedConnector, KafkaConnector};
use delivery_controller::watch::{Listing, Watch, Watched};
use http::{Method, Request, Response, StatusCode};
use kube::Client;
use kube::client::Body;
use kube::core::DeserializeGuard;
use kube_runtime::{reflector, watcher};
use serde_json::{Value, json};
use tokio::sync::watch;

/// What the server has.
#[derive(Debug, Default)]
pub(crate) struct State {
    /// The `KafkaConnector` of the namespace shop, if it is there.
    pub(crate) connector: Option<Value>,
    /// Whether there is a `KafkaConnect` named connect.
    pub(crate) strimzi: bool,
    /// The content of a `ConfigMap` under `offsets.json`.
    pub(crate) offsets: Option<String>,
    /// The resource version that it pretends the object has when a status is written.
    pub(crate) changed_meanwhile: bool,
    /// The version counter.
    pub(crate) version: u64,
    /// What it was asked.
    pub(crate) asked: Vec<String>,
    /// The Events.
    pub(crate) events: Vec<Value>,
}

/// The server's state, shared with the test.
pub(crate) type Api = Arc<Mutex<State>>;

/// A client of a server that has this object.
pub(crate) fn server(connector: &KafkaConnector) -> (Client, Api) {
    let state = State { connector: Some(serde_json::to_value(connector).unwrap()), version: 100, ..State::default() };
    let api: Api = Arc::new(Mutex::new(state));
    let (service, mut handle) = tower_test::mock::pair::<Request<Body>, Response<Body>>();
    let serving = Arc::clone(&api);
    tokio::spawn(async move {
        while let Some((request, send)) = handle.next_request().await {
            let (parts, body) = request.into_parts();
            let bytes = body.collect_bytes().await.unwrap();
            let body = serde_json::from_slice(&bytes).unwrap_or(Value::Null);
            let (status, answer) = serving.lock().unwrap().answer(&parts.method, parts.uri.path(), body);
            let answer = serde_json::to_vec(&answer).unwrap();
            send.send_response(Response::builder().status(status).body(Body::from(answer)).unwrap());
        }
    });
    (Client::new(service, "shop"), api)
}

fn failure(code: StatusCode) -> (StatusCode, Value) {
    let reason = code.canonical_reason().unwrap().replace(' ', "");
    (code, json!({ "kind": "Status", "status": "Failure", "code": code.as_u16(), "reason": reason, "message": reason }))
}

impl State {
    fn answer(&mut self, method: &Method, path: &str, body: Value) -> (StatusCode, Value) {
        let short = path.rsplit("/namespaces/shop/").next().unwrap_or(path).to_owned();
        self.asked.push(format!("{method} {short}"));
        match (method.as_str(), short.as_str()) {
            ("GET", "kafkaconnectors/lines") => {
                self.connector.clone().map_or_else(|| failure(StatusCode::NOT_FOUND), |it| (StatusCode::OK, it))
            }
            ("GET", "kafkaconnectors") => {
                let items: Vec<_> = self.connector.iter().collect();
                (StatusCode::OK, json!({ "kind": "List", "apiVersion": "v1", "metadata": {}, "items": items }))
            }
            ("GET", "kafkaconnects/connect") if self.strimzi => {
                (StatusCode::OK, json!({ "kind": "PartialObjectMetadata", "metadata": { "name": "connect" } }))
            }
            ("PATCH", "kafkaconnectors/lines") => {
                self.version += 1;
                let connector = self.connector.as_mut().unwrap();
                connector["metadata"]["resourceVersion"] = json!(self.version.to_string());
                for (name, value) in body["metadata"]["annotations"].as_object().into_iter().flatten() {
                    assert!(value.is_null(), "annotations are only removed");
                    connector["metadata"]["annotations"].as_object_mut().unwrap().remove(name);
                }
                (StatusCode::OK, connector.clone())
            }
            ("PUT", "kafkaconnectors/lines/status") => {
                let connector = self.connector.as_mut().unwrap();
                let same = connector["metadata"]["resourceVersion"] == body["metadata"]["resourceVersion"];
                if !same || self.changed_meanwhile {
                    return failure(StatusCode::CONFLICT);
                }
                self.version += 1;
                connector["metadata"]["resourceVersion"] = json!(self.version.to_string());
                connector["status"] = body["status"].clone();
                (StatusCode::OK, connector.clone())
            }
            ("GET", "configmaps/offsets") => self.offsets.as_ref().map_or_else(
                || failure(StatusCode::NOT_FOUND),
                |offsets| (StatusCode::OK, json!({ "metadata": {}, "data": { "offsets.json": offsets } })),
            ),
            ("PATCH", "configmaps/offsets") => {
                assert_eq!(body["metadata"]["ownerReferences"][0]["kind"], "KafkaConnector");
                self.offsets = Some(body["data"]["offsets.json"].as_str().unwrap().to_owned());
                (StatusCode::OK, json!({ "metadata": {} }))
            }
            ("POST", "events") => {
                self.events.push(body);
                (StatusCode::CREATED, json!({ "metadata": {} }))
            }
            _ => failure(StatusCode::NOT_FOUND),
        }
    }

    /// The status of the object.
    pub(crate) fn status(&self) -> &Value {
        &self.connector.as_ref().unwrap()["status"]
    }

    /// The type of its first condition.
    pub(crate) fn condition(&self) -> &str {
        self.status()["conditions"][0]["type"].as_str().unwrap_or("none")
    }
}

/// What reconciliations share, with a Kafka Connect at that address.
pub(crate) fn context(client: Client, url: &str) -> Context {
    let config: Config = serde_yaml::from_str(&format!(
        "
source: {}
watchNamespaces: [shop]
clusters: {{ connect: {{ url: '{url}' }} }}
",
        super::SOURCE
    ))
    .unwrap();
    Context::new(client, config, &rest::client().unwrap(), Metrics::default())
}

/// A watched namespace with these objects in its store.
pub(crate) fn watched(known: &[&KafkaConnector]) -> Watched<GuardedConnector> {
    let (store, mut writer) = reflector::store::<GuardedConnector>();
    for connector in known {
        writer.apply_watcher_event(&watcher::Event::Apply(DeserializeGuard(Ok((*connector).clone()))));
    }
    let (_, listing) = watch::channel(Listing::complete());
    Watched { namespace: "shop".to_owned(), store, listing }
}

/// A watch that is never started, so that its store is never complete.
pub(crate) fn unlisted() -> Watched<GuardedConnector> {
    Watch::new("shop").1
}
