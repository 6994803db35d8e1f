//! The gateway's metrics; no label grows with deliveries or clients.

use std::collections::HashMap;
use std::time::Duration;

use delivery_messages::{Millis, Topic};
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};

use crate::model::delivery::Phase;
use crate::protocol::subscription::Kind;
use crate::state::table::Folded;

/// A label with a short list of values.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(crate) struct Reason {
    pub reason: &'static str,
}

/// A topic and the outcome of its records.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(crate) struct OfTopic {
    pub topic: &'static str,
    /// The effect of the record, or what is wrong with it.
    pub reason: &'static str,
}

/// A request and its outcome.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(crate) struct OfRequest {
    /// `start` or `command`.
    pub request: &'static str,
    /// `sent`, or why it was not sent.
    pub outcome: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(crate) struct OfStatus {
    pub code: u16,
}

/// A query to the position index, and its outcome.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(crate) struct OfQuestion {
    /// `summary`, `near` and so on.
    pub question: &'static str,
    /// `answered`, or why it failed.
    pub outcome: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(crate) struct OfPhase {
    pub phase: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(crate) struct OfDependency {
    /// `kafka`, `mongodb` or `elasticsearch`.
    pub dependency: &'static str,
}

/// The mode and form in which clients are served.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(crate) struct OfKind {
    /// `latest` or `all`.
    pub mode: &'static str,
    /// `json` or `binary`.
    pub form: &'static str,
}

impl From<Kind> for OfKind {
    fn from(kind: Kind) -> Self {
        Self { mode: kind.mode.name(), form: kind.form.name() }
    }
}

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
    ring: Gauge,
    backlog: Gauge,
    lag: Gauge,
    bad_frames: Family<Reason, Counter>,
    requests: Family<OfRequest, Counter>,
    records: Family<OfTopic, Counter>,
    bad_records: Family<OfTopic, Counter>,
    deliveries: Family<OfPhase, Gauge>,
    latency: Histogram,
    ahead: Counter,
    newest_position: Gauge<f64, std::sync::atomic::AtomicU64>,
    dependency_up: Family<OfDependency, Gauge>,
    store_writes: Family<Reason, Counter>,
    searches: Family<OfQuestion, Counter>,
    search_time: Histogram,
    http: Family<OfStatus, Counter>,
}

/// Upper bounds of the age buckets, seconds.
const AGES: [f64; 12] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 60.0];

impl Metrics {
    /// Registers the metrics; the registry's prefix goes before each name.
    pub(crate) fn new(registry: &mut Registry) -> Self {
        let metrics = Self {
            connections: Family::default(),
            opened: Counter::default(),
            closed: Family::default(),
            refused: Family::default(),
            sent: Family::default(),
            positions: Family::default(),
            conflated: Counter::default(),
            snapshots: Family::default(),
            ring: Gauge::default(),
            backlog: Gauge::default(),
            lag: Gauge::default(),
            bad_frames: Family::default(),
            requests: Family::default(),
            records: Family::default(),
            bad_records: Family::default(),
            deliveries: Family::default(),
            latency: Histogram::new(AGES),
            ahead: Counter::default(),
            newest_position: Gauge::default(),
            dependency_up: Family::default(),
            store_writes: Family::default(),
            searches: Family::default(),
            search_time: Histogram::new(AGES),
            http: Family::default(),
        };
        let m = metrics.clone();
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
            "ring",
            "Upper bound of the memory that holds the newest positions for clients in the mode all",
            Unit::Bytes,
            m.ring,
        );
        registry.register("backlog_clients", "Clients waiting for positions older than the ring", m.backlog);
        registry.register("consumer_lag_records", "Positions in Kafka that have not been read yet", m.lag);
        registry.register("bad_frames", "Client frames that were rejected, by reason", m.bad_frames);
        registry.register("requests", "Client requests, by outcome", m.requests);
        registry.register("records", "Records read from Kafka, by effect", m.records);
        registry.register("bad_records", "Records that could not be used, by reason", m.bad_records);
        registry.register("deliveries", "Deliveries under way or recently ended, by phase", m.deliveries);
        registry.register_with_unit(
            "end_to_end_latency",
            "Time from when the oldest position in each write to a client was due until that write",
            Unit::Seconds,
            m.latency,
        );
        registry.register("positions_from_the_future", "Positions written to a client before they were due", m.ahead);
        registry.register_with_unit(
            "last_position_timestamp",
            "When the newest position read from Kafka was due, since the Unix epoch",
            Unit::Seconds,
            m.newest_position,
        );
        registry.register(
            "dependency_up",
            "Whether a server that the gateway depends on is available (1) or not (0)",
            m.dependency_up,
        );
        registry.register("history_writes", "Statements sent to MongoDB, by outcome", m.store_writes);
        registry.register("history_questions", "Queries sent to Elasticsearch, by outcome", m.searches);
        registry.register_with_unit(
            "history_question_duration",
            "Time from a query to Elasticsearch to its result or failure",
            Unit::Seconds,
            m.search_time,
        );
        registry.register("http_responses", "HTTP responses, by status code", m.http);
        metrics
    }

    pub(crate) fn opened(&self, kind: Kind) {
        self.opened.inc();
        self.connections.get_or_create(&kind.into()).inc();
    }

    pub(crate) fn closed(&self, kind: Kind, reason: &'static str) {
        self.connections.get_or_create(&kind.into()).dec();
        self.closed.get_or_create(&Reason { reason }).inc();
    }

    pub(crate) fn refused(&self, reason: &'static str) {
        self.refused.get_or_create(&Reason { reason }).inc();
    }

    pub(crate) fn sent(&self, kind: Kind, count: usize) {
        self.sent.get_or_create(&kind.into()).inc_by(u64::try_from(count).unwrap_or(u64::MAX));
    }

    /// Positions were conflated for a slow client.
    pub(crate) fn conflated(&self, count: u64) {
        self.conflated.inc_by(count);
    }

    /// A client was sent a snapshot, or resumed.
    pub(crate) fn snapshot(&self, reason: &'static str) {
        self.snapshots.get_or_create(&Reason { reason }).inc();
    }

    /// The upper bound of the ring's memory, bytes.
    pub(crate) fn ring(&self, bytes: usize) {
        self.ring.set(i64::try_from(bytes).unwrap_or(i64::MAX));
    }

    /// How many clients wait for positions older than the ring.
    pub(crate) fn backlog(&self, clients: usize) {
        self.backlog.set(i64::try_from(clients).unwrap_or(i64::MAX));
    }

    /// How many positions have not been read yet.
    pub(crate) fn lag(&self, records: i64) {
        self.lag.set(records);
    }

    /// Positions that were due at these times were written together. The oldest of them counts for the latency.
    pub(crate) fn positions_sent(&self, kind: Kind, due: &[Millis], now: Millis) {
        let Some(oldest) = due.iter().min() else { return };
        self.positions.get_or_create(&kind.into()).inc_by(u64::try_from(due.len()).unwrap_or(u64::MAX));
        if now < *oldest {
            self.ahead.inc();
        }
        self.latency.observe(seconds((now - oldest).max(0)));
    }

    /// A client's frame was rejected.
    pub(crate) fn bad_frame(&self, reason: &'static str) {
        self.bad_frames.get_or_create(&Reason { reason }).inc();
    }

    /// A request was sent to Kafka, or not.
    pub(crate) fn request(&self, request: &'static str, outcome: &'static str) {
        self.requests.get_or_create(&OfRequest { request, outcome }).inc();
    }

    pub(crate) fn record(&self, topic: Topic, folded: Folded) {
        let reason = match folded {
            Folded::Applied => "applied",
            Folded::Repeat => "repeat",
            Folded::AfterEnd => "after-end",
            Folded::Erased => "erased",
            Folded::Unplanned => "unplanned",
            Folded::Unreadable => "unreadable",
        };
        self.records.get_or_create(&OfTopic { topic: topic.name(), reason }).inc();
    }

    /// A record could not be used.
    pub(crate) fn bad_record(&self, topic: Topic, reason: &'static str) {
        self.bad_records.get_or_create(&OfTopic { topic: topic.name(), reason }).inc();
    }

    /// How many deliveries there are in each phase.
    pub(crate) fn deliveries(&self, count: &HashMap<Phase, usize>) {
        for phase in Phase::ALL {
            let count = count.get(&phase).copied().unwrap_or_default();
            self.deliveries
                .get_or_create(&OfPhase { phase: phase.name() })
                .set(i64::try_from(count).unwrap_or(i64::MAX));
        }
    }

    /// The newest position was due at `at`.
    pub(crate) fn newest_position(&self, at: Millis) {
        self.newest_position.set(seconds(at));
    }

    /// Whether a dependency is available.
    pub(crate) fn dependency(&self, dependency: &'static str, up: bool) {
        self.dependency_up.get_or_create(&OfDependency { dependency }).set(i64::from(up));
    }

    pub(crate) fn store_written(&self, reason: &'static str, count: usize) {
        self.store_writes.get_or_create(&Reason { reason }).inc_by(u64::try_from(count).unwrap_or(u64::MAX));
    }

    /// A query to Elasticsearch was answered, or failed, after this time.
    pub(crate) fn searched(&self, question: &'static str, outcome: &'static str, took: Duration) {
        self.searches.get_or_create(&OfQuestion { question, outcome }).inc();
        self.search_time.observe(took.as_secs_f64());
    }

    pub(crate) fn answered(&self, code: u16) {
        self.http.get_or_create(&OfStatus { code }).inc();
    }
}

#[expect(clippy::cast_precision_loss, reason = "milliseconds of this millennium fit 53 bits")]
fn seconds(millis: Millis) -> f64 {
    millis as f64 / 1000.0
}

#[cfg(test)]
#[path = "tests/metrics.rs"]
mod tests;
