//! A small Kafka Connect: its REST API over connectors in memory, with the failures that a test asks for.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Map, Value, json};
use warp::Filter;
use warp::Reply;
use warp::http::{Method, StatusCode};
use warp::hyper::body::Bytes;
use warp::reply::{Response, json as reply, with_status};

/// One connector.
#[derive(Clone, Debug)]
pub(crate) struct Connector {
    pub(crate) config: Value,
    pub(crate) state: String,
    pub(crate) tasks: Vec<String>,
    pub(crate) offsets: Value,
}

/// What it has, and how it behaves.
#[derive(Debug, Default)]
pub(crate) struct State {
    pub(crate) connectors: BTreeMap<String, Connector>,
    /// What it answers instead, to changes.
    pub(crate) refusal: Option<(u16, String)>,
    /// It answers everything with the page of another server.
    pub(crate) strange: bool,
    /// How many times more the status of a connector is not known yet.
    pub(crate) status_unknown: u32,
    /// Whether it knows no status any more after a restart.
    pub(crate) confused_by_restarts: bool,
    /// The worker that runs all tasks, if not an address that leads nowhere.
    pub(crate) worker: Option<String>,
    /// What the plugin says that the tasks wait for, when it validates options.
    pub(crate) waiting: Option<String>,
    /// How long it takes to answer anything.
    pub(crate) pause: Duration,
    /// What it was asked that changes something.
    pub(crate) changes: Vec<String>,
}

/// Kafka Connect's state, shared with the test, and its address.
#[derive(Clone)]
pub(crate) struct Connect {
    pub(crate) state: Arc<Mutex<State>>,
    pub(crate) url: String,
}

/// Starts one.
pub(crate) async fn start() -> Connect {
    let state = Arc::new(Mutex::new(State::default()));
    let shared = Arc::clone(&state);
    let routes = warp::method()
        .and(warp::path::full())
        .and(warp::query::raw().or_else(|_| async { Ok::<_, std::convert::Infallible>((String::new(),)) }))
        .and(warp::body::bytes())
        .then(move |method: Method, path: warp::path::FullPath, query: String, body: Bytes| {
            let shared = Arc::clone(&shared);
            async move {
                let pause = shared.lock().unwrap().pause;
                tokio::time::sleep(pause).await;
                shared.lock().unwrap().answer(&method, path.as_str(), &query, &body)
            }
        });
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(warp::serve(routes).incoming(listener).run());
    Connect { state, url }
}

impl Connect {
    pub(crate) fn change(&self, change: impl FnOnce(&mut State)) {
        change(&mut self.state.lock().unwrap());
    }

    pub(crate) fn connector(&self, name: &str) -> Option<Connector> {
        self.state.lock().unwrap().connectors.get(name).cloned()
    }

    /// What it was asked to change since the last time.
    pub(crate) fn changes(&self) -> Vec<String> {
        std::mem::take(&mut self.state.lock().unwrap().changes)
    }
}

fn no(code: u16, message: &str) -> Response {
    let body = json!({ "error_code": code, "message": message });
    with_status(reply(&body), StatusCode::from_u16(code).unwrap()).into_response()
}

fn yes(body: &Value) -> Response {
    reply(body).into_response()
}

impl State {
    fn answer(&mut self, method: &Method, path: &str, query: &str, body: &[u8]) -> Response {
        if self.strange {
            return with_status("<html>404</html>", StatusCode::NOT_FOUND).into_response();
        }
        if path.starts_with("/connector-plugins/") && path.ends_with("/config/validate") {
            let value = json!({ "name": "status.waiting", "value": self.waiting, "errors": [] });
            return yes(&json!({ "error_count": 0, "configs": [{ "value": value }] }));
        }
        if method != Method::GET {
            let query = if query.is_empty() { String::new() } else { format!("?{query}") };
            self.changes.push(format!("{method} {}{query}", path.trim_start_matches("/connectors")));
            if let Some((code, message)) = &self.refusal {
                return no(*code, message);
            }
        }
        let body: Value = serde_json::from_slice(body).unwrap_or(Value::Null);
        let parts: Vec<_> = path.trim_matches('/').split('/').skip(1).collect();
        match (method.as_str(), parts.as_slice()) {
            ("GET", []) => {
                let info =
                    |(name, it): (&String, &Connector)| (name.clone(), json!({ "info": { "config": it.config } }));
                yes(&Value::Object(self.connectors.iter().map(info).collect::<Map<_, _>>()))
            }
            ("POST", []) => {
                let state = body["initial_state"].as_str().unwrap_or("RUNNING");
                self.put(body["name"].as_str().unwrap(), body["config"].clone(), state)
            }
            ("PUT", [name, "config"]) => {
                let state = self.connectors.get(*name).map_or_else(|| "RUNNING".to_owned(), |it| it.state.clone());
                self.put(name, body, &state)
            }
            (_, [name, rest @ ..]) => {
                let Some(connector) = self.connectors.get_mut(*name) else {
                    return no(404, "There is no such connector");
                };
                match (method.as_str(), rest) {
                    ("GET", ["config"]) => yes(&connector.config),
                    ("GET", ["status"]) if self.status_unknown > 0 => {
                        self.status_unknown -= 1;
                        no(404, "No status found")
                    }
                    ("GET", ["status"]) => {
                        let mut status = super::reply(
                            &connector.state,
                            &connector.tasks.iter().map(String::as_str).collect::<Vec<_>>(),
                        );
                        status["name"] = json!(name);
                        if let Some(worker) = &self.worker {
                            status["tasks"][0]["worker_id"] = json!(worker);
                        }
                        yes(&status)
                    }
                    ("GET", ["topics"]) => yes(&json!({ *name: { "topics": ["b", "a"] } })),
                    ("GET", ["offsets"]) => yes(&connector.offsets),
                    ("PATCH", ["offsets"]) => {
                        connector.offsets = body;
                        yes(&json!({}))
                    }
                    ("DELETE", ["offsets"]) => {
                        connector.offsets = json!({ "offsets": [] });
                        yes(&json!({}))
                    }
                    ("PUT", ["pause"]) => connector.become_("PAUSED"),
                    ("PUT", ["stop"]) => connector.become_("STOPPED"),
                    ("PUT", ["resume"]) => connector.become_("RUNNING"),
                    ("POST", ["restart"]) => {
                        self.status_unknown = if self.confused_by_restarts { u32::MAX } else { 0 };
                        connector.tasks.fill("RUNNING".to_owned());
                        connector.become_("RUNNING")
                    }
                    ("POST", ["tasks", task, "restart"]) => {
                        match connector.tasks.get_mut(task.parse::<usize>().unwrap()) {
                            Some(task) => {
                                "RUNNING".clone_into(task);
                                yes(&json!({}))
                            }
                            None => no(404, "Unknown task"),
                        }
                    }
                    ("DELETE", []) => {
                        self.connectors.remove(*name);
                        StatusCode::NO_CONTENT.into_response()
                    }
                    _ => no(405, "That is not to be done"),
                }
            }
            _ => no(405, "That is not to be done"),
        }
    }

    fn put(&mut self, name: &str, config: Value, state: &str) -> Response {
        let tasks = vec![state.to_owned()];
        let offsets = json!({ "offsets": [{ "partition": { "file": "in" }, "offset": { "position": 7 } }] });
        self.connectors.insert(name.to_owned(), Connector { config, state: state.to_owned(), tasks, offsets });
        yes(&json!({}))
    }
}

impl Connector {
    fn become_(&mut self, state: &str) -> Response {
        state.clone_into(&mut self.state);
        StatusCode::ACCEPTED.into_response()
    }
}
