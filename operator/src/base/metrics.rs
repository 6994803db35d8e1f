//! The operator's metrics. No label grows with the number of deliveries.

use std::sync::Arc;

use delivery_messages::Topic;
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeLabelSet, EncodeMetric};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::{ConstGauge, Gauge};
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::Registry;

use crate::base::objects::Objects;

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ResultLabel {
    result: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ReasonLabel {
    reason: &'static str,
}

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

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct PhaseLabel {
    phase: &'static str,
}

/// The metrics of one process; a clone counts the same.
#[derive(Clone, Debug)]
pub struct Metrics {
    reconciliations: Family<ResultLabel, Counter>,
    errors: Family<ReasonLabel, Counter>,
    duration: Histogram,
    status_writes: Family<KindLabel, Counter>,
    pods: Family<ActionLabel, Counter>,
    records: Family<RecordLabels, Counter>,
    dead_letters: Family<ReasonLabel, Counter>,
    unreadable: Family<TopicLabel, Counter>,
    tombstones: Family<TopicLabel, Counter>,
    drifted: Gauge,
    leader: Gauge,
}

impl Default for Metrics {
    fn default() -> Self {
        Self {
            reconciliations: Family::default(),
            errors: Family::default(),
            duration: Histogram::new([0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0, 30.0]),
            status_writes: Family::default(),
            pods: Family::default(),
            records: Family::default(),
            dead_letters: Family::default(),
            unreadable: Family::default(),
            tombstones: Family::default(),
            drifted: Gauge::default(),
            leader: Gauge::default(),
        }
    }
}

impl Metrics {
    /// The registry that `/metrics` serves, with the number of deliveries counted at each scrape.
    #[must_use]
    pub fn registry(&self, objects: Arc<Objects>) -> Registry {
        let mut registry = Registry::with_prefix("delivery_operator");
        let version = vec![("version", env!("CARGO_PKG_VERSION"))];
        registry.register("build", "The operator's build", Info::new(version));
        registry.register("reconciliations", "Reconciliations by result", self.reconciliations.clone());
        registry.register("reconcile_errors", "Failed reconciliations by reason", self.errors.clone());
        registry.register("reconcile_duration_seconds", "Time of a reconciliation", self.duration.clone());
        registry.register("status_writes", "Writes of a status by kind", self.status_writes.clone());
        registry.register("pods", "Pods created and deleted", self.pods.clone());
        registry.register("records", "Records of requests and commands by result", self.records.clone());
        registry.register("dead_letters", "Records that were rejected by reason", self.dead_letters.clone());
        registry.register("unreadable_records", "Records that were skipped by topic", self.unreadable.clone());
        registry.register("drifted_topics", "Topics that are not as configured", self.drifted.clone());
        registry.register("tombstones", "Keys that were removed by topic", self.tombstones.clone());
        registry.register("leader", "1 for the leader, 0 for a standby", self.leader.clone());
        registry.register_collector(Box::new(Deliveries { objects, leader: self.leader.clone() }));
        registry
    }

    pub fn reconciled(&self, seconds: f64) {
        self.reconciliations.get_or_create(&ResultLabel { result: "success" }).inc();
        self.duration.observe(seconds);
    }

    pub fn failed(&self, reason: &'static str, seconds: f64) {
        self.reconciliations.get_or_create(&ResultLabel { result: "error" }).inc();
        self.errors.get_or_create(&ReasonLabel { reason }).inc();
        self.duration.observe(seconds);
    }

    /// Counts an object that cannot be decoded.
    pub fn invalid_object(&self) {
        self.reconciliations.get_or_create(&ResultLabel { result: "invalid" }).inc();
    }

    /// Counts a status update: `transition`, `refresh` or `route`.
    pub fn status_written(&self, kind: &'static str) {
        self.status_writes.get_or_create(&KindLabel { kind }).inc();
    }

    /// Counts a pod: `created` or `deleted`.
    pub fn pod(&self, action: &'static str) {
        self.pods.get_or_create(&ActionLabel { action }).inc();
    }

    /// Counts a request or a command that was handled.
    pub fn served(&self, topic: Topic, result: &'static str) {
        self.records.get_or_create(&RecordLabels { topic: topic.name(), result }).inc();
    }

    /// Counts a dead letter.
    pub fn dead_lettered(&self, reason: &'static str) {
        self.dead_letters.get_or_create(&ReasonLabel { reason }).inc();
    }

    /// Counts a record that was skipped.
    pub fn unreadable(&self, topic: Topic) {
        self.unreadable.get_or_create(&TopicLabel { topic: topic.name() }).inc();
    }

    /// Counts a key that was removed from a compacted topic.
    pub fn tombstone(&self, topic: Topic) {
        self.tombstones.get_or_create(&TopicLabel { topic: topic.name() }).inc();
    }

    pub fn leads(&self, leads: bool) {
        self.leader.set(i64::from(leads));
    }

    pub fn drifted(&self, topics: usize) {
        self.drifted.set(i64::try_from(topics).unwrap_or(i64::MAX));
    }
}

/// Counts the deliveries when the metrics are scraped, in the leader alone: a sum over all replicas is right.
struct Deliveries {
    objects: Arc<Objects>,
    leader: Gauge,
}

impl std::fmt::Debug for Deliveries {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Deliveries")
    }
}

impl Collector for Deliveries {
    fn encode(&self, mut encoder: DescriptorEncoder) -> Result<(), std::fmt::Error> {
        if self.leader.get() == 0 {
            return Ok(());
        }
        let gauge = ConstGauge::new(0_i64);
        let mut family = encoder.encode_descriptor("deliveries", "Deliveries by phase", None, gauge.metric_type())?;
        for (phase, count) in self.objects.phases() {
            let label = PhaseLabel { phase: phase.name() };
            ConstGauge::new(i64::try_from(count).unwrap_or(i64::MAX)).encode(family.encode_family(&label)?)?;
        }
        Ok(())
    }
}
