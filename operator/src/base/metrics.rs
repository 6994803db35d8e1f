//! The operator's metrics. No label grows with the number of deliveries.

use std::sync::{Arc, Mutex, Weak};
use std::time::Duration;

use delivery_controller::metrics::{ReasonLabel, Reconciliations, Running, objects_by};
use delivery_controller::requests::ApiRequests;
use delivery_messages::Topic;
use delivery_observability::Health;
use delivery_observability::locks::lock;
use delivery_observability::metrics::gauges::{hanging, readiness};
use delivery_observability::metrics::group_lag::{self, GroupLabels};
use jiff::{SignedDuration, Timestamp};
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

use crate::base::delays::Delays;
use crate::base::objects::Objects;
use crate::base::waiting::STUCK;

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

/// `leader` or `standby`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RoleLabel {
    to: &'static str,
}

/// One of the configured namespaces.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct NamespaceLabel {
    namespace: String,
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
    api: ApiRequests,
    delays: Delays,
    errors: Family<ReasonLabel, Counter>,
    status_writes: Family<KindLabel, Counter>,
    pods: Family<ActionLabel, Counter>,
    records: Family<RecordLabels, Counter>,
    group_lag: Family<GroupLabels, Gauge>,
    dead_letters: Family<ReasonLabel, Counter>,
    unreadable: Family<TopicLabel, Counter>,
    tombstones: Family<TopicLabel, Counter>,
    drifted: Gauge,
    unread_partitions: Family<TopicLabel, Gauge>,
    namespaces: Family<NamespaceLabel, Gauge>,
    leader: Gauge,
    transitions: Family<RoleLabel, Counter>,
    /// The objects of the current term.
    objects: Arc<Mutex<Weak<Objects>>>,
}

impl Metrics {
    /// The registry that `/metrics` serves, with the number of deliveries counted at each scrape.
    #[must_use]
    pub(crate) fn registry(&self, health: &Health) -> Registry {
        let mut registry = self.reconciliations.registry("delivery_operator", env!("CARGO_PKG_VERSION"));
        self.api.register(&mut registry);
        self.delays.register(&mut registry);
        registry.register("reconcile_errors", "Failed reconciliations, by reason", self.errors.clone());
        registry.register("status_writes", "Writes of a status, by kind", self.status_writes.clone());
        registry.register("pods", "Pods created and deleted", self.pods.clone());
        registry.register("records", "Records of requests and commands, by result", self.records.clone());
        registry.register(
            "consumer_group_lag_records",
            "Records after the offset that a consumer group has committed, in the partitions of this member of it",
            self.group_lag.clone(),
        );
        registry.register("dead_letters", "Records that were rejected, by reason", self.dead_letters.clone());
        registry.register("unreadable_records", "Records that were skipped, by topic", self.unreadable.clone());
        registry.register("drifted_topics", "Topics that are not as configured", self.drifted.clone());
        registry.register(
            "unread_partitions",
            "Partitions that have not been read to their ends since the process leads, by topic: what is keyed to them waits",
            self.unread_partitions.clone(),
        );
        registry.register("tombstones", "Keys removed from compacted topics, by topic", self.tombstones.clone());
        registry.register(
            "namespace_watched",
            "Watched namespaces: 1, or 0 for one that cannot be",
            self.namespaces.clone(),
        );
        registry.register("leader", "1 for the leader, 0 for a standby", self.leader.clone());
        registry.register(
            "lease_transitions",
            "Times that the process took or lost the Lease, by what it is since: leader or standby",
            self.transitions.clone(),
        );
        // Counted in the leader alone, so that a sum over all replicas is right.
        let phases = self.counted(|objects| objects.phases().map(|(phase, count)| (phase.name(), count)).to_vec());
        let waiting = self.counted(|objects| objects.waiting(SignedDuration::ZERO, Timestamp::now()));
        let stuck = self.counted(|objects| objects.waiting(STUCK, Timestamp::now()));
        registry.register_collector(objects_by(
            "hanging_loops",
            "1 for a loop that hangs, 0 for others",
            "loop",
            hanging(health),
        ));
        registry.register_collector(readiness("ready", "1 while the process is ready, 0 otherwise", health));
        registry.register_collector(objects_by("deliveries", "Deliveries, by phase", "phase", phases));
        registry.register_collector(objects_by(
            "waiting_deliveries",
            "Deliveries that should be under way and are not, by cause: the reason of their condition Running, or Kubelet for any reason of the kubelet except CrashLoopBackOff",
            "cause",
            waiting,
        ));
        registry.register_collector(objects_by(
            "stuck_deliveries",
            "Of the waiting deliveries, those that have not been under way for ten minutes, by cause",
            "cause",
            stuck,
        ));
        registry
    }

    /// What is counted of the objects of the current term at each scrape; nothing in a standby.
    fn counted<C>(&self, count: C) -> impl Fn() -> Vec<(&'static str, usize)> + Send + Sync + 'static + use<C>
    where
        C: Fn(&Objects) -> Vec<(&'static str, usize)> + Send + Sync + 'static,
    {
        let (leader, objects) = (self.leader.clone(), Arc::clone(&self.objects));
        move || {
            let objects = lock(&objects).upgrade().filter(|_| leader.get() != 0);
            objects.map(|objects| count(&objects)).unwrap_or_default()
        }
    }

    /// Counts these objects from now on.
    pub(crate) fn count(&self, objects: &Arc<Objects>) {
        *lock(&self.objects) = Arc::downgrade(objects);
    }

    /// The requests to the Kubernetes API.
    pub(crate) const fn api(&self) -> &ApiRequests {
        &self.api
    }

    /// What deliveries wait for.
    pub(crate) const fn delays(&self) -> &Delays {
        &self.delays
    }

    /// Counts a reconciliation as under way, until what is returned is dropped.
    #[must_use]
    pub(crate) fn reconciling(&self) -> Running {
        self.reconciliations.begin()
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

    /// How far a consumer group is behind in a topic; `None`: this process has no partition of it.
    pub(crate) fn group_lag(&self, group: &str, topic: Topic, records: Option<u64>) {
        group_lag::set(&self.group_lag, group, topic.name(), records);
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
        let led = self.leader.set(i64::from(leads)) != 0;
        if led != leads {
            let to = if leads { "leader" } else { "standby" };
            self.transitions.get_or_create(&RoleLabel { to }).inc();
        }
        if !leads {
            // Only a leader looks at the topics.
            self.drifted(0);
            self.unread_partitions([]);
        }
    }

    pub(crate) fn namespace_watched(&self, namespace: &str, watched: bool) {
        let label = NamespaceLabel { namespace: namespace.to_owned() };
        self.namespaces.get_or_create(&label).set(i64::from(watched));
    }

    /// The partitions that have not been read to their ends, each by its topic.
    pub(crate) fn unread_partitions(&self, topics: impl IntoIterator<Item = Topic>) {
        self.unread_partitions.clear();
        for topic in topics {
            self.unread_partitions.get_or_create(&TopicLabel { topic: topic.name() }).inc();
        }
    }

    pub(crate) fn drifted(&self, topics: usize) {
        self.drifted.set(i64::try_from(topics).unwrap_or(i64::MAX));
    }
}

#[cfg(test)]
#[path = "tests/metrics.rs"]
mod tests;
