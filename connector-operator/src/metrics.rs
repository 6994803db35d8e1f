//! The metrics of the connector operator. No label grows with the number of connectors. Imports nothing of this crate.

use std::time::Duration;

use delivery_controller::metrics::{ReasonLabel, Reconciliations, objects_by};
use delivery_controller::requests::ApiRequests;
use http::StatusCode;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct CauseLabel {
    cause: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ClusterLabel {
    cluster: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct CodeLabel {
    /// The status, or `none`.
    code: String,
}

/// How long Kafka Connect takes.
#[derive(Clone, Debug)]
struct Times {
    connect_time: Histogram,
}

impl Default for Times {
    fn default() -> Self {
        Self { connect_time: Histogram::new([0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0, 30.0]) }
    }
}

/// Why a connector or task was restarted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RestartCause {
    /// `spec.autoRestart` asks for it.
    Automatic,
    /// An annotation asks for it.
    Annotation,
}

impl RestartCause {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Automatic => "automatic",
            Self::Annotation => "annotation",
        }
    }
}

/// The metrics of one process; a clone counts the same.
#[derive(Clone, Debug, Default)]
pub struct Metrics {
    /// Reconciliations by result.
    pub reconciliations: Reconciliations,
    /// Requests to the Kubernetes API.
    pub api: ApiRequests,
    problems: Family<ReasonLabel, Counter>,
    restarts: Family<CauseLabel, Counter>,
    deletions: Counter,
    status_writes: Counter,
    connect_up: Family<ClusterLabel, Gauge>,
    connect_requests: Family<CodeLabel, Counter>,
    times: Times,
}

impl Metrics {
    /// The registry that `/metrics` serves. `states` counts the objects by state at each scrape.
    #[must_use]
    pub fn registry(&self, states: impl Fn() -> Vec<(&'static str, usize)> + Send + Sync + 'static) -> Registry {
        let mut registry = self.reconciliations.registry("delivery_connector_operator", env!("CARGO_PKG_VERSION"));
        self.api.register(&mut registry);
        registry.register("problems", "Reconciliations that ended NotReady, by reason", self.problems.clone());
        registry.register("restarts", "Restarts of connectors and tasks, by cause", self.restarts.clone());
        registry.register("deletions", "Connectors deleted because their objects are gone", self.deletions.clone());
        registry.register("status_writes", "Status writes", self.status_writes.clone());
        registry.register("connect_up", "Whether a Kafka Connect cluster can be reached", self.connect_up.clone());
        registry.register(
            "connect_requests",
            "Requests to Kafka Connect, by the status of the answer; none: there was none",
            self.connect_requests.clone(),
        );
        registry.register_with_unit(
            "connect_request_duration",
            "Time from a request to Kafka Connect to its answer or failure",
            Unit::Seconds,
            self.times.connect_time.clone(),
        );
        registry.register_collector(objects_by("connectors", "KafkaConnectors, by state", "state", states));
        registry
    }

    /// Counts a reconciliation that ended with a problem.
    pub fn problem(&self, reason: &'static str) {
        self.problems.get_or_create(&ReasonLabel { reason }).inc();
    }

    /// Counts a restart.
    pub fn restarted(&self, cause: RestartCause) {
        self.restarts.get_or_create(&CauseLabel { cause: cause.as_str() }).inc();
    }

    /// Counts a connector that was deleted because its object is gone.
    pub fn deleted(&self) {
        self.deletions.inc();
    }

    /// Counts a status write.
    pub fn status_written(&self) {
        self.status_writes.inc();
    }

    /// Counts a request to Kafka Connect that was answered with a status, or not at all, after this time.
    pub fn connect_asked(&self, status: Option<StatusCode>, took: Duration) {
        let code = status.map_or_else(|| "none".to_owned(), |status| status.as_str().to_owned());
        self.connect_requests.get_or_create(&CodeLabel { code }).inc();
        self.times.connect_time.observe(took.as_secs_f64());
    }

    /// Sets whether a cluster can be reached. Clusters come from the configuration, so their number is bounded.
    pub fn set_connect_up(&self, cluster: &str, is_up: bool) {
        self.connect_up.get_or_create(&ClusterLabel { cluster: cluster.to_owned() }).set(i64::from(is_up));
    }
}

#[cfg(test)]
#[path = "tests/metrics.rs"]
mod tests;
