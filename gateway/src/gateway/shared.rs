//! What every connection and every HTTP request shares.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use delivery_http_server::{AllowedOrigins, AnswerMemory, PeerAddress};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};

use crate::config::Limits;
use crate::delivery_store::client::DeliveryStore;
use crate::gateway::budgets::{Budgets, OpenConnection};
use crate::gateway::pseudonym::Pseudonyms;
use crate::gateway::sender::RequestSender;
use crate::metrics::Metrics;
use crate::model::scope::Scope;
use crate::position_index::client::PositionIndex;
use crate::stream::catch_up::backlog::Backlog;
use crate::stream::clients::replies::Replies;
use crate::stream::live::Live;
use crate::traces::client::TraceStore;
use crate::writers::shard::Writers;

pub(crate) struct Gateway {
    pub live: Arc<Live>,
    /// Write what is published to the clients that have everything else.
    pub writers: Writers,
    /// Sends clients' requests to Kafka.
    pub requests: RequestSender,
    /// The delivery store; none in an installation without `MongoDB`.
    pub delivery_store: Option<Arc<DeliveryStore>>,
    /// The position index; none in an installation without Elasticsearch.
    pub position_index: Option<PositionIndex>,
    /// Jaeger; none in an installation that shows no traces.
    pub traces: Option<TraceStore>,
    /// Whether clients are told of notifications.
    pub notifications: bool,
    pub metrics: Metrics,
    pub limits: Limits,
    /// Which origins may use the gateway.
    pub origins: AllowedOrigins,
    /// What the addresses of clients may use.
    pub budgets: Arc<Budgets>,
    /// Makes `clientId`s.
    pub pseudonyms: Pseudonyms,
    /// What every connection and every request may see and do.
    pub scope: Arc<Scope>,
    /// The backlog: the reader of positions older than the ring.
    pub backlog: Backlog,
    /// A permit for each WebSocket connection.
    pub permits: Arc<Semaphore>,
    /// A permit for each connection that is being sent something that no other shares: a snapshot with a filter, or positions that are
    /// older than the ring.
    pub turns: Arc<Semaphore>,
    /// Holds the answers of the API until they are written.
    pub answers: AnswerMemory,
    /// Whether the process has been asked to shut down.
    pub draining: watch::Receiver<Option<Instant>>,
    /// Over how long connections are then closed.
    pub drain: Duration,
    /// The name of this replica, for clients; empty when it has none.
    pub replica: String,
    /// The number of the next connection.
    pub connections: AtomicU64,
}

/// A client, as far as its requests need it.
pub(crate) struct Client {
    /// The number of its connection.
    pub connection: u64,
    /// Whose budgets its requests are taken from.
    pub address: PeerAddress,
    /// Where replies to its requests are sent.
    pub replies: Replies,
    /// What it may see and do.
    pub scope: Arc<Scope>,
}

/// A client's place for one WebSocket.
pub(crate) struct Admission {
    pub address: PeerAddress,
    pub permit: OwnedSemaphorePermit,
    pub open: OpenConnection,
}

impl Gateway {
    /// A number that no other connection has.
    pub(crate) fn next_connection(&self) -> u64 {
        self.connections.fetch_add(1, Ordering::Relaxed)
    }
}

/// A new id of a request.
pub(crate) fn new_id() -> String {
    uuid::Uuid::new_v4().to_string()
}
