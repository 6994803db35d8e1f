//! The metrics; no label grows with purchases or customers.

use std::time::Duration;

use delivery_http_server::routes::DURATIONS;
use delivery_messages::{Millis, Topic};
use delivery_observability::metrics::units::seconds;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::{Registry, Unit};

/// A label with a short list of values.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(crate) struct OfReason {
    pub reason: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(crate) struct OfState {
    pub state: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(crate) struct OfTopic {
    pub topic: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(crate) struct OfCode {
    pub code: u16,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(crate) struct OfDependency {
    /// `kafka` or `mongodb`.
    pub dependency: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(crate) struct OfBudget {
    /// `changes` or `queries`.
    pub budget: &'static str,
    /// Whose it was: `address` or `all`.
    pub of: &'static str,
}

/// All metrics; a clone shares them.
#[derive(Clone, Debug)]
pub(crate) struct Metrics {
    taken: Counter,
    repeated: Counter,
    refused: Family<OfReason, Counter>,
    decided: Family<OfState, Counter>,
    in_hand: Gauge,
    records: Family<OfTopic, Counter>,
    delay: Histogram,
    working: Gauge,
    failures: Family<OfReason, Counter>,
    dependency_up: Family<OfDependency, Gauge>,
    http: Family<OfCode, Counter>,
    http_time: Histogram,
    http_closed: Family<OfReason, Counter>,
    over_budget: Family<OfBudget, Counter>,
}

/// What the build is called.
const VERSION: &str = env!("CARGO_PKG_VERSION");
/// Upper bounds of the buckets of a delay, seconds.
const DELAYS: [f64; 12] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 30.0, 300.0];

impl Metrics {
    /// Registers the metrics; the registry's prefix goes before each name.
    pub(crate) fn new(registry: &mut Registry) -> Self {
        let metrics = Self {
            taken: Counter::default(),
            repeated: Counter::default(),
            refused: Family::default(),
            decided: Family::default(),
            in_hand: Gauge::default(),
            records: Family::default(),
            delay: Histogram::new(DELAYS),
            working: Gauge::default(),
            failures: Family::default(),
            dependency_up: Family::default(),
            http: Family::default(),
            http_time: Histogram::new(DURATIONS),
            http_closed: Family::default(),
            over_budget: Family::default(),
        };
        registry.register("build", "The running build", Info::new(vec![("version", VERSION)]));
        let m = metrics.clone();
        registry.register("taken", "Purchases that were stored", m.taken);
        registry.register(
            "repeated",
            "Requests with the idempotency key of a purchase that was stored before",
            m.repeated,
        );
        registry.register("refused", "Requests for a purchase that were refused, by reason", m.refused);
        registry.register("decided", "Purchases whose payment was decided, by state", m.decided);
        registry.register("in_hand", "Purchases that are being paid or written to Kafka by this replica", m.in_hand);
        registry.register("records_written", "Records that Kafka has confirmed, by topic", m.records);
        registry.register_with_unit(
            "publish_delay",
            "Time from the approval of a purchase until Kafka had confirmed its event",
            Unit::Seconds,
            m.delay,
        );
        registry.register(
            "relay_working",
            "Whether this replica is the one that has purchases paid and writes them to Kafka (1) or not (0)",
            m.working,
        );
        registry.register(
            "relay_failures",
            "Times that the relay began anew, by reason; what it had in hand is taken up again",
            m.failures,
        );
        registry.register(
            "dependency_up",
            "Whether a server that the purchases depend on is available (1) or not (0)",
            m.dependency_up,
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
            "HTTP connections that the service closed, by reason: unread (the client read nothing of the answer), crowded (too many other \
             clients did not read either), no-request (no request arrived in time), too-many-of-address",
            m.http_closed,
        );
        registry.register(
            "over_budget",
            "Requests refused because a budget was used up, by budget and by whose it was: address or all",
            m.over_budget,
        );
        metrics
    }

    /// A purchase was stored.
    pub(crate) fn taken(&self) {
        self.taken.inc();
    }

    /// A request named a purchase that was stored before.
    pub(crate) fn repeated(&self) {
        self.repeated.inc();
    }

    /// A request for a purchase was refused.
    pub(crate) fn refused(&self, reason: &'static str) {
        self.refused.get_or_create(&OfReason { reason }).inc();
    }

    /// The payment of a purchase was decided.
    pub(crate) fn decided(&self, state: &'static str) {
        self.decided.get_or_create(&OfState { state }).inc();
    }

    /// How many purchases are in hand.
    pub(crate) fn in_hand(&self, purchases: usize) {
        self.in_hand.set(i64::try_from(purchases).unwrap_or(i64::MAX));
    }

    /// Kafka has confirmed records.
    pub(crate) fn written(&self, topic: Topic, records: usize) {
        let count = u64::try_from(records).unwrap_or(u64::MAX);
        self.records.get_or_create(&OfTopic { topic: topic.name() }).inc_by(count);
    }

    /// Kafka has confirmed now the event of a purchase that was approved at a time.
    pub(crate) fn published(&self, approved_at: Millis, now: Millis) {
        self.delay.observe(seconds(now - approved_at));
    }

    /// Whether this replica works.
    pub(crate) fn working(&self, works: bool) {
        self.working.set(i64::from(works));
    }

    /// The relay begins anew.
    pub(crate) fn failed(&self, reason: &'static str) {
        self.failures.get_or_create(&OfReason { reason }).inc();
    }

    /// Whether a dependency is available.
    pub(crate) fn dependency(&self, dependency: &'static str, up: bool) {
        self.dependency_up.get_or_create(&OfDependency { dependency }).set(i64::from(up));
    }

    /// A request was answered, so long after it came.
    pub(crate) fn answered(&self, code: u16, took: Duration) {
        self.http_time.observe(took.as_secs_f64());
        self.http.get_or_create(&OfCode { code }).inc();
    }

    /// A request was over budget.
    pub(crate) fn over_budget(&self, budget: &'static str, of: &'static str) {
        self.over_budget.get_or_create(&OfBudget { budget, of }).inc();
    }

    /// A connection was closed because of its client.
    pub(crate) fn http_closed(&self, reason: &'static str) {
        self.http_closed.get_or_create(&OfReason { reason }).inc();
    }
}

#[cfg(test)]
#[path = "tests/metrics.rs"]
mod tests;
