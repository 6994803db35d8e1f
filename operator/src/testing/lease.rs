//! An API server with one Lease, which may fall silent; and a clock that a test with paused time can advance.

use std::sync::{Arc, LazyLock, Mutex};
use std::time::{Duration, Instant};

use http::{Method, Request, Response};
use kube::Client;
use kube::client::Body;
use serde_json::{Value, json};
use tokio::sync::watch;

use crate::base::config::LeaseName;
use crate::base::metrics::Metrics;
use crate::leadership::election::Election;
use crate::leadership::guard::LeadershipGuard;
use crate::leadership::lease::Clock;

const HOUR: Duration = Duration::from_hours(1);

/// The time of a test, which is paused or not.
pub(crate) fn clock() -> Clock {
    static BEGIN: LazyLock<Instant> = LazyLock::new(Instant::now);
    let (begin, now) = (*BEGIN, tokio::time::Instant::now().into_std());
    (HOUR + now.saturating_duration_since(begin)).saturating_sub(begin.saturating_duration_since(now))
}

/// The Lease, and what has been asked about it.
#[derive(Default)]
struct State {
    lease: Option<Value>,
    version: u64,
    events: Vec<String>,
}

/// An API server with one Lease.
#[derive(Clone)]
pub(crate) struct LeaseServer {
    state: Arc<Mutex<State>>,
    silent: watch::Sender<bool>,
}

impl LeaseServer {
    /// The server, and a client of it.
    pub(crate) fn start() -> (Self, Client) {
        let server = Self { state: Arc::default(), silent: watch::Sender::new(false) };
        let (service, mut handle) = tower_test::mock::pair::<Request<Body>, Response<Body>>();
        let serving = server.clone();
        tokio::spawn(async move {
            let mut unanswered = Vec::new();
            while let Some((request, send)) = handle.next_request().await {
                let watches = request.uri().query().unwrap_or_default().contains("watch=");
                if *serving.silent.borrow() || watches {
                    unanswered.push(send);
                    continue;
                }
                let (parts, body) = request.into_parts();
                let body = serde_json::from_slice(&body.collect_bytes().await.unwrap()).unwrap_or(Value::Null);
                let (code, body) = serving.answer(&parts.method, parts.uri.path(), body);
                let body = Body::from(serde_json::to_vec(&body).unwrap());
                send.send_response(Response::builder().status(code).body(body).unwrap());
            }
        });
        (server, Client::new(service, "shop"))
    }

    /// A candidate, and its guard.
    pub(crate) fn candidate(client: Client) -> (Box<Election>, LeadershipGuard) {
        let guard = LeadershipGuard::with_clock(clock);
        let lease = LeaseName { namespace: "shop".to_owned(), name: "operator".to_owned() };
        let pod = serde_json::from_value(json!({ "kind": "Pod", "name": "a", "namespace": "shop" })).unwrap();
        let election = Election::new(client, &lease, "a".to_owned(), guard.clone(), Metrics::default());
        (election.about(Some(pod)), guard)
    }

    /// Answers nothing from now on, or everything again.
    pub(crate) fn silent(&self, silent: bool) {
        self.silent.send_replace(silent);
    }

    /// Another process takes the Lease, or gives it up.
    pub(crate) fn give(&self, holder: &str) {
        let mut state = self.state.lock().unwrap();
        let mut lease = state.lease.clone().unwrap();
        lease["spec"]["holderIdentity"] = json!(holder);
        state.write(lease);
    }

    pub(crate) fn holder(&self) -> Option<String> {
        let state = self.state.lock().unwrap();
        Some(state.lease.as_ref()?["spec"]["holderIdentity"].as_str()?.to_owned())
    }

    /// The reasons of the Events.
    pub(crate) fn events(&self) -> Vec<String> {
        self.state.lock().unwrap().events.clone()
    }

    fn answer(&self, method: &Method, path: &str, body: Value) -> (u16, Value) {
        let mut state = self.state.lock().unwrap();
        let failure = |code: u16, reason: &str| {
            let status =
                json!({ "kind": "Status", "status": "Failure", "code": code, "reason": reason, "message": reason });
            (code, status)
        };
        // A repeated Event is counted in the first one, by a PATCH.
        if path.contains("/events") {
            state.events.push(body["reason"].as_str().unwrap_or_default().to_owned());
            return (if method == Method::PATCH { 200 } else { 201 }, body);
        }
        let listed = |state: &State| json!({ "metadata": { "resourceVersion": "1" }, "items": state.lease.iter().collect::<Vec<_>>() });
        match (method, state.lease.is_some()) {
            (&Method::GET, _) if path.ends_with("/leases") => (200, listed(&state)),
            (&Method::GET, true) => (200, state.lease.clone().unwrap()),
            (&Method::POST, false) => (201, state.write(body)),
            (&Method::PUT, true) if body["metadata"]["resourceVersion"] == json!(state.version.to_string()) => {
                (200, state.write(body))
            }
            (&Method::PUT | &Method::POST, _) => failure(409, "Conflict"),
            _ => failure(404, "NotFound"),
        }
    }
}

impl State {
    fn write(&mut self, mut lease: Value) -> Value {
        self.version += 1;
        lease["metadata"]["resourceVersion"] = json!(self.version.to_string());
        self.lease = Some(lease.clone());
        lease
    }
}
