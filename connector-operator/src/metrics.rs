//! What the connector operator counts. No label grows with the number of connectors.

use std::sync::Arc;

use delivery_controller::metrics::{Reconciliations, objects_by};
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

use crate::objects::Objects;

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ReasonLabel {
    reason: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct CauseLabel {
    cause: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ClusterLabel {
    cluster: String,
}

/// The metrics of one process; a clone counts the same.
#[derive(Clone, Debug, Default)]
pub struct Metrics {
    /// Reconciliations by result.
    pub reconciliations: Reconciliations,
    problems: Family<ReasonLabel, Counter>,
    restarts: Family<CauseLabel, Counter>,
    deletions: Counter,
    status_writes: Counter,
    connect_up: Family<ClusterLabel, Gauge>,
}

impl Metrics {
    /// All that `/metrics` shows.
    #[must_use]
    pub fn registry(&self, objects: Arc<Objects>) -> Registry {
        let mut registry = self.reconciliations.registry("delivery_connector_operator", env!("CARGO_PKG_VERSION"));
        registry.register("problems", "Reconciliations that ended NotReady by reason", self.problems.clone());
        registry.register("restarts", "Restarts of connectors and tasks by cause", self.restarts.clone());
        registry.register("deletions", "Connectors deleted because their objects are gone", self.deletions.clone());
        registry.register("status_writes", "Writes of a status", self.status_writes.clone());
        registry.register("connect_up", "Whether a Kafka Connect cluster can be reached", self.connect_up.clone());
        let states = move || objects.states().to_vec();
        registry.register_collector(objects_by("connectors", "KafkaConnectors by state", "state", states));
        registry
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
