//! What the connector operator counts. No label grows with the number of connectors.

use crate::objects::Objects;
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeLabelSet, EncodeMetric};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::{ConstGauge, Gauge};
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::Registry;
use std::sync::Arc;
use std::time::Duration;

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ResultLabel {
    result: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ReasonLabel {
    reason: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct CauseLabel {
    cause: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct StateLabel {
    state: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ClusterLabel {
    cluster: String,
}

/// The metrics of one process; a clone counts the same.
#[derive(Clone, Debug)]
pub struct Metrics {
    reconciliations: Family<ResultLabel, Counter>,
    duration: Histogram,
    problems: Family<ReasonLabel, Counter>,
    restarts: Family<CauseLabel, Counter>,
    deletions: Counter,
    status_writes: Counter,
    connect_up: Family<ClusterLabel, Gauge>,
}

impl Default for Metrics {
    fn default() -> Self {
        Self {
            reconciliations: Family::default(),
            duration: Histogram::new([0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0, 30.0]),
            problems: Family::default(),
            restarts: Family::default(),
            deletions: Counter::default(),
            status_writes: Counter::default(),
            connect_up: Family::default(),
        }
    }
}

impl Metrics {
    /// All that `/metrics` shows.
    #[must_use]
    pub fn registry(&self, objects: Arc<Objects>) -> Registry {
        let mut registry = Registry::with_prefix("delivery_connector_operator");
        let version = Info::new(vec![("version", env!("CARGO_PKG_VERSION"))]);
        registry.register("build", "Which build this is", version);
        registry.register("reconciliations", "Reconciliations by result", self.reconciliations.clone());
        registry.register("reconcile_duration_seconds", "Time of a reconciliation", self.duration.clone());
        registry.register("problems", "Reconciliations that ended NotReady by reason", self.problems.clone());
        registry.register("restarts", "Restarts of connectors and tasks by cause", self.restarts.clone());
        registry.register("deletions", "Connectors deleted because their objects are gone", self.deletions.clone());
        registry.register("status_writes", "Writes of a status", self.status_writes.clone());
        registry.register("connect_up", "Whether a Kafka Connect cluster can be reached", self.connect_up.clone());
        registry.register_collector(Box::new(Connectors(objects)));
        registry
    }

    /// Counts a reconciliation: `success`, `error` or `invalid`.
    pub fn reconciled(&self, result: &'static str, time: Duration) {
        self.reconciliations.get_or_create(&ResultLabel { result }).inc();
        self.duration.observe(time.as_secs_f64());
    }

    /// Counts a reconciliation that ended with a problem.
    pub fn troubled(&self, reason: &'static str) {
        self.problems.get_or_create(&ReasonLabel { reason }).inc();
    }

    /// Counts a restart: `automatic` or `annotation`.
    pub fn restarted(&self, cause: &'static str) {
        self.restarts.get_or_create(&CauseLabel { cause }).inc();
    }

    /// Counts a connector that was deleted.
    pub fn deleted(&self) {
        self.deletions.inc();
    }

    /// Counts a write of a status.
    pub fn status_written(&self) {
        self.status_writes.inc();
    }

    /// Says whether a cluster can be reached. Clusters come from the configuration.
    pub fn reached(&self, cluster: &str, is_up: bool) {
        self.connect_up.get_or_create(&ClusterLabel { cluster: cluster.to_owned() }).set(i64::from(is_up));
    }
}

/// Counts the objects when it is asked.
struct Connectors(Arc<Objects>);

impl std::fmt::Debug for Connectors {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Connectors")
    }
}

impl Collector for Connectors {
    fn encode(&self, mut encoder: DescriptorEncoder) -> Result<(), std::fmt::Error> {
        let gauge = ConstGauge::new(0_i64);
        let mut family =
            encoder.encode_descriptor("connectors", "KafkaConnectors by state", None, gauge.metric_type())?;
        for (state, count) in self.0.states() {
            ConstGauge::new(count).encode(family.encode_family(&StateLabel { state })?)?;
        }
        Ok(())
    }
}
