//! The gateway on a real socket, without Kafka: the hub is fed with records.

mod all;
mod client;
mod crowd;
mod filters;
mod delivery_store;
mod http;
mod kafka;
mod position_index;
mod position_index_real;
mod sockets;

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::{Duration, Instant};

use prometheus_client::registry::Registry;
use tokio::sync::{Semaphore, mpsc, watch};

use crate::config::{Config, WebConfig};
use crate::gateway::sender::RequestSender;
use crate::gateway::shared::Gateway;
use crate::http::assets::Assets;
use crate::http::headers::SecurityHeaders;
use crate::http::{Site, routes, server};
use crate::ingest::input::{self, Input};
use crate::metrics::Metrics;
use crate::model::record::Record;
use crate::model::scope::Scope;
use crate::position_index::client::PositionIndex;
use crate::protocol::cursor::LogId;
use crate::stream::backlog::{Backlog, SliceRequest};
use crate::stream::hub;
use crate::stream::live::Live;

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
        requests: RequestSender::new(config.kafka.clone(), metrics.clone()).unwrap(),
        delivery_store: None,
        position_index,
        metrics: metrics.clone(),
        limits: config.limits,
        origins: config.allowed_origins().unwrap(),
        scope: Arc::new(scope),
        backlog,
        permits: Arc::new(Semaphore::new(config.limits.connections)),
        draining,
        drain: Duration::from_millis(200),
        connections: AtomicU64::new(0),
    });
    let site = Site {
        assets: Assets::default(),
        config: r#"{"mapStyle":null}"#.to_owned(),
        headers: SecurityHeaders::new(&WebConfig::default()).unwrap(),
    };
    let (hub, inputs) = mpsc::channel(input::QUEUE);
    tokio::spawn(hub::run(inputs, Arc::clone(&gateway.live), metrics));
    let listener = server::listen("127.0.0.1:0".parse().unwrap()).unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(server::run(listener, routes(Arc::clone(&gateway), Arc::new(site))));
    hub.send(Input::Positions(Arc::new(log()), vec![0])).await.unwrap();
    Running { address, hub, drain, gateway, registry, asks }
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
