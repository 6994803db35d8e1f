//! The gateway's metrics; no label grows with deliveries or clients.
//!
//! This file registers them, `counts` is what the other folders tell them. [`labels`] are their labels; those of a position's way are in
//! [`ages`], and those of Kafka's client in [`brokers`]. What is measured, and when, is left to those folders. Imports [`crate::model`],
//! [`crate::protocol`] and [`crate::state`].

pub(crate) mod labels;
mod each;
pub(crate) mod ages;
pub(crate) mod brokers;
mod counts;

use std::sync::atomic::AtomicU64;

use ages::{AGES, Ages};
use brokers::Brokers;
use delivery_http_server::routes::DURATIONS;
use delivery_observability::metrics::histograms::native;
use labels::{
    OfBudget, OfDependency, OfGroup, OfKind, OfPhase, OfQuery, OfRequest, OfStatus, OfTopic, OfUnread, Reason,
};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::{Registry, Unit};

/// What the build is called.
const VERSION: &str = env!("CARGO_PKG_VERSION");

/// All metrics; a clone shares them.
#[derive(Clone, Debug)]
pub(crate) struct Metrics {
    connections: Family<OfKind, Gauge>,
    opened: Counter,
    closed: Family<Reason, Counter>,
    refused: Family<Reason, Counter>,
    sent: Family<OfKind, Counter>,
    positions: Family<OfKind, Counter>,
    conflated: Counter,
    snapshots: Family<Reason, Counter>,
    first_list: Histogram,
    ring: Gauge,
    ring_span: Gauge<f64, AtomicU64>,
    backlog: Gauge,
    lag: Gauge,
    group_lag: Family<OfGroup, Gauge>,
    unread: Family<OfUnread, Gauge>,
    bad_frames: Family<Reason, Counter>,
    requests: Family<OfRequest, Counter>,
    records: Family<OfTopic, Counter>,
    bad_records: Family<OfTopic, Counter>,
    deliveries: Family<OfPhase, Gauge>,
    ages: Ages,
    brokers: Brokers,
    dependency_up: Family<OfDependency, Gauge>,
    store_writes: Family<Reason, Counter>,
    searches: Family<OfQuery, Counter>,
    search_time: Histogram,
    http: Family<OfStatus, Counter>,
    http_time: Histogram,
    http_closed: Family<Reason, Counter>,
    over_budget: Family<OfBudget, Counter>,
}

impl Metrics {
    /// Registers the metrics; the registry's prefix goes before each name.
    pub(crate) fn new(registry: &mut Registry) -> Self {
        registry.register("build", "The running build", Info::new(vec![("version", VERSION)]));
        let metrics = Self::unregistered();
        Self::register_connections(metrics.clone(), registry);
        Self::register_flow(metrics.clone(), registry);
        Self::register_servers(metrics.clone(), registry);
        metrics
    }

    fn unregistered() -> Self {
        Self {
            connections: Family::default(),
            opened: Counter::default(),
            closed: Family::default(),
            refused: Family::default(),
            sent: Family::default(),
            positions: Family::default(),
            conflated: Counter::default(),
            snapshots: Family::default(),
            first_list: native(AGES),
            ring: Gauge::default(),
            ring_span: Gauge::default(),
            backlog: Gauge::default(),
            lag: Gauge::default(),
            group_lag: Family::default(),
            unread: Family::default(),
            bad_frames: Family::default(),
            requests: Family::default(),
            records: Family::default(),
            bad_records: Family::default(),
            deliveries: Family::default(),
            ages: Ages::new(),
            brokers: Brokers::default(),
            dependency_up: Family::default(),
            store_writes: Family::default(),
            searches: Family::default(),
            search_time: native(AGES),
            http: Family::default(),
            http_time: native(DURATIONS),
            http_closed: Family::default(),
            over_budget: Family::default(),
        }
    }

    /// What clients are served.
    fn register_connections(m: Self, registry: &mut Registry) {
        registry.register("websocket_connections", "Open WebSocket connections, by mode and form", m.connections);
        registry.register("websocket_connections_opened", "WebSocket connections opened", m.opened);
        registry.register("websocket_connections_closed", "WebSocket connections closed, by reason", m.closed);
        registry.register("websocket_connections_refused", "WebSocket upgrades refused, by reason", m.refused);
        registry.register("messages_sent", "Frames written to clients, by mode and form", m.sent);
        registry.register("positions_sent", "Positions written to clients, by mode and form", m.positions);
        registry.register(
            "positions_conflated",
            "Positions not sent to slow clients because newer ones replaced them",
            m.conflated,
        );
        registry.register(
            "snapshots",
            "Snapshots sent to clients, by reason; resumed: connections that resumed from their cursor",
            m.snapshots,
        );
        registry.register_with_unit(
            "first_snapshot_duration",
            "Time from the upgrade of a connection until its first snapshot, or resumed, was written",
            Unit::Seconds,
            m.first_list,
        );
        registry.register_with_unit(
            "ring",
            "Upper bound of the memory that holds the newest positions for clients in the mode all",
            Unit::Bytes,
            m.ring,
        );
        registry.register_with_unit(
            "ring_span",
            "Time between the oldest and the newest position for clients in the mode all",
            Unit::Seconds,
            m.ring_span,
        );
        registry.register("backlog_clients", "Clients waiting for positions older than the ring", m.backlog);
    }

    /// What is read from Kafka and what clients send, and how old positions are when they are written.
    fn register_flow(m: Self, registry: &mut Registry) {
        registry.register("consumer_lag_records", "Positions in Kafka that have not been read yet", m.lag);
        registry.register(
            "consumer_group_lag_records",
            "Records after the offset that a consumer group has committed, in the partitions of this member of it",
            m.group_lag,
        );
        registry.register(
            "unread_partitions",
            "Partitions that could not be read when the process began, by topic: what is keyed to them is missing until they can",
            m.unread,
        );
        registry.register("bad_frames", "Client frames that were rejected, by reason", m.bad_frames);
        registry.register("requests", "Client requests, by outcome", m.requests);
        registry.register("records", "Records read from Kafka, by effect", m.records);
        registry.register("bad_records", "Records that could not be used, by reason", m.bad_records);
        registry.register("deliveries", "Deliveries under way or recently ended, by phase", m.deliveries);
        m.ages.register(registry);
    }

    /// The servers that the gateway depends on, and HTTP.
    fn register_servers(m: Self, registry: &mut Registry) {
        registry.register(
            "dependency_up",
            "Whether a server that the gateway depends on is available (1) or not (0)",
            m.dependency_up,
        );
        registry.register("delivery_store_writes", "Statements sent to MongoDB, by outcome", m.store_writes);
        registry.register("position_index_queries", "Queries sent to Elasticsearch, by outcome", m.searches);
        registry.register_with_unit(
            "position_index_query_duration",
            "Time from a query to Elasticsearch to its result or failure",
            Unit::Seconds,
            m.search_time,
        );
        registry.register("http_responses", "HTTP responses, by status code", m.http);
        registry.register_with_unit(
            "http_request_duration",
            "Time from the headers of an HTTP request to those of its answer",
            Unit::Seconds,
            m.http_time,
        );
        registry.register(
            "http_connections_closed",
            "HTTP connections that the gateway closed, by reason: unread (the client read nothing of the answer), crowded (too many \
             other clients did not read either), no-request (no request arrived in time), too-many-of-address",
            m.http_closed,
        );
        registry.register(
            "over_budget",
            "Requests and connections refused because a budget was used up, by budget and by whose it was: address or all",
            m.over_budget,
        );
        m.brokers.register(registry);
    }
}

#[cfg(test)]
#[path = "tests/mod_tests.rs"]
mod tests;
