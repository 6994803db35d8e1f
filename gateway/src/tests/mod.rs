//! The gateway on a real socket, without Kafka: the hub is fed with records.

mod all;
mod budgets;
mod client;
mod crowd;
mod filters;
mod delivery_store;
mod fuzz;
mod http;
mod kafka;
mod lanes;
mod memory;
mod notifications;
mod position_index;
mod position_index_real;
mod raw;
mod sockets;
mod traces;
mod unread;
mod websocket;
mod writers;

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::{Duration, Instant};

use delivery_http_server::AnswerMemory;
use delivery_observability::Heartbeat;
use delivery_observability::metrics::usage::processor_time;
use prometheus_client::registry::Registry;
use tokio::sync::{Semaphore, mpsc, watch};

use crate::config::{Config, WebConfig};
use crate::gateway::budgets::Budgets;
use crate::gateway::pseudonym::Pseudonyms;
use crate::gateway::sender::RequestSender;
use crate::gateway::shared::Gateway;
use crate::http::assets::Assets;
use crate::http::headers::SecurityHeaders;
use crate::http::server::{self, Port};
use crate::http::{Site, routes};
use crate::ingest::input::{self, Input};
use crate::metrics::Metrics;
use crate::model::record::Record;
use crate::model::scope::Scope;
use crate::position_index::client::PositionIndex;
use crate::protocol::cursor::LogId;
use crate::state::table::Table;
use crate::stream::catch_up::backlog::{Backlog, SliceRequest};
use crate::stream::hub;
use crate::stream::live::Live;
use crate::traces::client::TraceStore;
use crate::writers::shard::{self, Writers};

/// A gateway that listens on its own port.
struct Running {
    address: SocketAddr,
    hub: mpsc::Sender<Input>,
    drain: watch::Sender<Option<Instant>>,
    gateway: Arc<Gateway>,
    registry: Registry,
    /// The receiving end of requests to the backlog reader, which does not run here.
    asks: mpsc::UnboundedReceiver<SliceRequest>,
}

/// The log that all these gateways read: replicas of one installation.
fn log() -> LogId {
    LogId { cluster: "test-cluster".to_owned(), topic: "test-topic".to_owned() }
}

/// Starts a gateway with `yaml` as its configuration, besides Kafka's address, where no process listens.
async fn started(yaml: &str) -> Running {
    started_in(yaml, Scope::everything()).await
}

/// Starts a gateway that is limited to a scope.
async fn started_in(yaml: &str, scope: Scope) -> Running {
    started_with(yaml, scope, processor_time).await
}

/// Starts a gateway that is limited to a scope, and whose hub takes this for the processor time that the process has used.
async fn started_with(yaml: &str, scope: Scope, used: fn() -> Duration) -> Running {
    started_at("127.0.0.1:0", yaml, scope, used).await
}

/// The same at another address.
async fn started_at(address: &str, yaml: &str, scope: Scope, used: fn() -> Duration) -> Running {
    let mut registry = Registry::default();
    let metrics = Metrics::new(&mut registry);
    let config: Config = serde_yaml::from_str(&format!("kafka: {{bootstrapServers: '127.0.0.1:1'}}\n{yaml}")).unwrap();
    let (drain, draining) = watch::channel(None);
    let (backlog, asks) = Backlog::new();
    let position_index = match &config.elasticsearch {
        Some(elasticsearch) => Some(PositionIndex::open(elasticsearch).await.unwrap()),
        None => None,
    };
    let gateway = Arc::new(Gateway {
        live: Arc::new(Live::new(config.limits.ring_bytes)),
        writers: Writers::new(2),
        requests: RequestSender::new(config.kafka.clone(), metrics.clone()).unwrap(),
        delivery_store: None,
        position_index,
        traces: config.traces.as_ref().map(|traces| TraceStore::open(traces).unwrap()),
        notifications: config.notifications,
        budgets: Arc::new(Budgets::new(&config.limits, metrics.clone(), Instant::now())),
        pseudonyms: Pseudonyms::new(config.http.client_id_key_file.as_deref()).unwrap(),
        metrics: metrics.clone(),
        limits: config.limits,
        origins: config.allowed_origins().unwrap(),
        scope: Arc::new(scope),
        backlog,
        permits: Arc::new(Semaphore::new(config.limits.connections)),
        turns: Arc::new(Semaphore::new(config.limits.turns)),
        answers: AnswerMemory::new(config.limits.answer_bytes),
        draining,
        drain: Duration::from_millis(200),
        replica: "gateway-1".to_owned(),
        connections: AtomicU64::new(0),
    });
    let site = Site {
        assets: assets(&config.web.directory),
        config: r#"{"mapStyle":null}"#.to_owned(),
        headers: SecurityHeaders::new(&WebConfig::default()).unwrap(),
    };
    let (hub, inputs) = mpsc::channel(input::QUEUE);
    tokio::spawn(hub::run(
        Table::of_requests_in(config.requests.namespace.as_deref()),
        inputs,
        Arc::clone(&gateway.live),
        metrics.clone(),
        used,
        Heartbeat::new(hub::ROUND),
    ));
    for shard in gateway.writers.shards() {
        tokio::spawn(shard::run(Arc::clone(shard), Arc::clone(&gateway.live), Heartbeat::new(shard::ROUND)));
    }
    let listener = server::listen(address.parse().unwrap()).unwrap();
    let address = listener.local_addr().unwrap();
    let port = Port {
        limits: config.limits,
        proxies: config.trusted_proxies().unwrap(),
        budgets: Arc::clone(&gateway.budgets),
        metrics: metrics.clone(),
    };
    tokio::spawn(server::run(listener, routes(Arc::clone(&gateway), Arc::new(site)), port));
    hub.send(Input::Positions(Arc::new(log()), vec![0])).await.unwrap();
    Running { address, hub, drain, gateway, registry, asks }
}

/// The page's files; none unless a test names a directory.
fn assets(directory: &Path) -> Assets {
    if directory == WebConfig::default().directory { Assets::default() } else { Assets::load(directory).unwrap() }
}

impl Running {
    /// Starts a gateway whose first snapshot is complete.
    async fn ready(yaml: &str, records: Vec<Record>) -> Self {
        started(yaml).await.complete(records).await
    }

    /// Completes the first snapshot.
    async fn complete(self, records: Vec<Record>) -> Self {
        let running = self;
        running.feed(records).await;
        running.hub.send(Input::Complete).await.unwrap();
        running.gateway.live.readiness().wait_for(|ready| *ready).await.unwrap();
        running
    }

    async fn feed(&self, records: Vec<Record>) {
        self.hub.send(Input::Records(records)).await.unwrap();
    }

    fn metrics(&self) -> String {
        let mut text = String::new();
        prometheus_client::encoding::text::encode(&mut text, &self.registry).unwrap();
        text
    }

    fn url(&self, path: &str) -> String {
        format!("ws://{}{path}", self.address)
    }
}
