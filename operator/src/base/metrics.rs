//! The operator's metrics. No label grows with the number of deliveries.

use std::sync::Arc;
use std::time::Duration;

use delivery_controller::metrics::{ReasonLabel, Reconciliations, objects_by};
use delivery_messages::Topic;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

use crate::base::objects::Objects;

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct KindLabel {
    kind: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ActionLabel {
    action: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct TopicLabel {
    topic: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RecordLabels {
    topic: &'static str,
    result: &'static str,
}

/// The metrics of one process; a clone counts the same.
#[derive(Clone, Debug, Default)]
pub(crate) struct Metrics {
    reconciliations: Reconciliations,
    errors: Family<ReasonLabel, Counter>,
    status_writes: Family<KindLabel, Counter>,
    pods: Family<ActionLabel, Counter>,
    records: Family<RecordLabels, Counter>,
    dead_letters: Family<ReasonLabel, Counter>,
    unreadable: Family<TopicLabel, Counter>,
    tombstones: Family<TopicLabel, Counter>,
    drifted: Gauge,
    leader: Gauge,
}

impl Metrics {
    /// The registry that `/metrics` serves, with the number of deliveries counted at each scrape.
    #[must_use]
    pub(crate) fn registry(&self, objects: Arc<Objects>) -> Registry {
        let mut registry = self.reconciliations.registry("delivery_operator", env!("CARGO_PKG_VERSION"));
        registry.register("reconcile_errors", "Failed reconciliations, by reason", self.errors.clone());
        registry.register("status_writes", "Writes of a status, by kind", self.status_writes.clone());
        registry.register("pods", "Pods created and deleted", self.pods.clone());
        registry.register("records", "Records of requests and commands, by result", self.records.clone());
        registry.register("dead_letters", "Records that were rejected, by reason", self.dead_letters.clone());
        registry.register("unreadable_records", "Records that were skipped, by topic", self.unreadable.clone());
        registry.register("drifted_topics", "Topics that are not as configured", self.drifted.clone());
        registry.register("tombstones", "Keys removed from compacted topics, by topic", self.tombstones.clone());
        registry.register("leader", "1 for the leader, 0 for a standby", self.leader.clone());
        let leader = self.leader.clone();
        // Counted in the leader alone, so that a sum over all replicas is right.
        let phases = move || {
            let phases = objects.phases().into_iter().filter(|_| leader.get() != 0);
            phases.map(|(phase, count)| (phase.name(), count)).collect()
        };
        registry.register_collector(objects_by("deliveries", "Deliveries, by phase", "phase", phases));
        registry
    }

    /// Counts a reconciliation that succeeded.
    pub(crate) fn reconciled(&self, duration: Duration) {
        self.reconciliations.succeeded(duration);
    }

    /// Counts a reconciliation that failed.
    pub(crate) fn failed(&self, reason: &'static str, duration: Duration) {
        self.reconciliations.failed(duration);
        self.errors.get_or_create(&ReasonLabel { reason }).inc();
    }

    /// Counts an object that cannot be decoded.
    pub(crate) fn invalid_object(&self) {
        self.reconciliations.invalid();
    }

    /// Counts a status update: `transition`, `refresh` or `route`.
    pub(crate) fn status_written(&self, kind: &'static str) {
        self.status_writes.get_or_create(&KindLabel { kind }).inc();
    }

    /// Counts a pod: `created` or `deleted`.
    pub(crate) fn pod(&self, action: &'static str) {
        self.pods.get_or_create(&ActionLabel { action }).inc();
    }

    /// Counts a request or a command that was handled.
    pub(crate) fn served(&self, topic: Topic, result: &'static str) {
        self.records.get_or_create(&RecordLabels { topic: topic.name(), result }).inc();
    }

    /// Counts a dead letter.
    pub(crate) fn dead_lettered(&self, reason: &'static str) {
        self.dead_letters.get_or_create(&ReasonLabel { reason }).inc();
    }

    /// Counts a record that was skipped.
    pub(crate) fn unreadable(&self, topic: Topic) {
        self.unreadable.get_or_create(&TopicLabel { topic: topic.name() }).inc();
    }

    /// Counts a key that was removed from a compacted topic.
    pub(crate) fn tombstone(&self, topic: Topic) {
        self.tombstones.get_or_create(&TopicLabel { topic: topic.name() }).inc();
    }

    pub(crate) fn leads(&self, leads: bool) {
        self.leader.set(i64::from(leads));
    }

    pub(crate) fn drifted(&self, topics: usize) {
        self.drifted.set(i64::try_from(topics).unwrap_or(i64::MAX));
    }
}
