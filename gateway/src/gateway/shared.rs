//! What every connection and every HTTP request shares.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use tokio::sync::{Semaphore, mpsc, watch};

use crate::config::Limits;
use crate::config::origin::AllowedOrigins;
use crate::delivery_store::client::DeliveryStore;
use crate::gateway::sender::RequestSender;
use crate::metrics::Metrics;
use crate::model::scope::Scope;
use crate::position_index::client::PositionIndex;
use crate::stream::backlog::Backlog;
use crate::stream::live::{Live, Reply};

pub(crate) struct Gateway {
    pub live: Arc<Live>,
    /// Sends clients' requests to Kafka.
    pub requests: RequestSender,
    /// The delivery store; none in an installation without `MongoDB`.
    pub delivery_store: Option<Arc<DeliveryStore>>,
    /// The position index; none in an installation without Elasticsearch.
    pub position_index: Option<PositionIndex>,
    pub metrics: Metrics,
    pub limits: Limits,
    /// Which origins may use the gateway.
    pub origins: AllowedOrigins,
    /// What every connection and every request may see and do.
    pub scope: Arc<Scope>,
    /// The backlog: the reader of positions older than the ring.
    pub backlog: Backlog,
    /// A permit for each WebSocket connection.
    pub permits: Arc<Semaphore>,
    /// Whether the process has been asked to shut down.
    pub draining: watch::Receiver<Option<Instant>>,
    /// Over how long connections are then closed.
    pub drain: Duration,
    /// The number of the next connection.
    pub connections: AtomicU64,
}

/// A client, as far as its requests need it.
pub(crate) struct Client {
    /// The number of its connection.
    pub connection: u64,
    /// The `clientId` of its requests; no other client sees it.
    pub id: String,
    /// Where replies to its requests are sent.
    pub replies: mpsc::Sender<Reply>,
    /// What it may see and do.
    pub scope: Arc<Scope>,
}

impl Gateway {
    /// A number that no other connection has.
    pub(crate) fn next_connection(&self) -> u64 {
        self.connections.fetch_add(1, Ordering::Relaxed)
    }
}

/// A new id of a request or of a client.
pub(crate) fn new_id() -> String {
    uuid::Uuid::new_v4().to_string()
}
