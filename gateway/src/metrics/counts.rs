//! What the other folders tell the metrics.

use std::collections::HashMap;
use std::time::Duration;

use delivery_kafka::connect::statistics::Statistics;
use delivery_messages::{Millis, Topic};
use delivery_observability::metrics::units;

use super::Metrics;
use super::ages::{Ages, Sent};
use super::each::COUNTS_EACH;
use super::labels::{
    OfBudget, OfDependency, OfGroup, OfPhase, OfQuery, OfRequest, OfStatus, OfTopic, OfUnread, Reason,
};
use crate::model::delivery::Phase;
use crate::protocol::subscription::Kind;
use crate::state::changes::Folded;

impl Metrics {
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

    /// The counts of what a client of this kind is sent.
    pub(crate) fn sent(&self, kind: Kind) -> Sent {
        let frames = self.sent.get_or_create_owned(&kind.into());
        self.ages.sent(frames, self.positions.get_or_create_owned(&kind.into()), self.conflated.clone())
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

    /// How far a consumer group is behind in a topic; `None`: this process has no partition of it.
    pub(crate) fn group_lag(&self, group: &str, topic: Topic, records: Option<u64>) {
        let labels = OfGroup { group: group.to_owned(), topic: topic.name() };
        if let Some(records) = records {
            self.group_lag.get_or_create(&labels).set(i64::try_from(records).unwrap_or(i64::MAX));
        } else {
            self.group_lag.remove(&labels);
        }
    }

    /// The topics of the partitions that could not be read when the process began, each as often as it has such partitions.
    pub(crate) fn unread_partitions(&self, topics: impl IntoIterator<Item = Topic>) {
        for topic in topics {
            self.unread.get_or_create(&OfUnread { topic: topic.name() }).inc();
        }
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
        if !COUNTS_EACH {
            return;
        }
        let reason = match folded {
            Folded::Impossible(impossible) => return self.bad_record(topic, impossible.reason()),
            Folded::Applied => "applied",
            Folded::Repeat => "repeat",
            Folded::AfterEnd => "after-end",
            Folded::Erased => "erased",
            Folded::Unplanned => "unplanned",
            Folded::Unreadable => "unreadable",
        };
        self.records.get_or_create(&OfTopic { topic: topic.name(), reason }).inc();
    }

    /// A changed notification was relayed, or not.
    pub(crate) fn notification(&self, reason: &'static str) {
        self.records.get_or_create(&OfTopic { topic: Topic::NotificationChanged.name(), reason }).inc();
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

    /// The ages of positions on their way.
    pub(crate) const fn ages(&self) -> &Ages {
        &self.ages
    }

    /// A client was sent its first list of deliveries, so long after its connection was upgraded.
    pub(crate) fn first_listed(&self, took: Duration) {
        self.first_list.observe(took.as_secs_f64());
    }

    /// The span of the ring, milliseconds.
    pub(crate) fn ring_span(&self, span: Millis) {
        self.ring_span.set(units::seconds(span));
    }

    /// What Kafka's client says now, in place of what it said before.
    pub(crate) fn kafka(&self, before: &Statistics, now: &Statistics) {
        self.brokers.show(before, now);
    }

    /// Whether a dependency is available.
    pub(crate) fn dependency(&self, dependency: &'static str, up: bool) {
        self.dependency_up.get_or_create(&OfDependency { dependency }).set(i64::from(up));
    }

    pub(crate) fn store_written(&self, reason: &'static str, count: usize) {
        self.store_writes.get_or_create(&Reason { reason }).inc_by(u64::try_from(count).unwrap_or(u64::MAX));
    }

    /// A query to Elasticsearch was answered, or failed, after this time.
    pub(crate) fn searched(&self, query: &'static str, outcome: &'static str, took: Duration) {
        self.searches.get_or_create(&OfQuery { query, outcome }).inc();
        self.search_time.observe(took.as_secs_f64());
    }

    /// An HTTP connection was closed because of its client.
    pub(crate) fn http_closed(&self, reason: &'static str) {
        self.http_closed.get_or_create(&Reason { reason }).inc();
    }

    /// A request was over budget.
    pub(crate) fn over_budget(&self, budget: &'static str, of: &'static str) {
        self.over_budget.get_or_create(&OfBudget { budget, of }).inc();
    }

    pub(crate) fn answered(&self, code: u16, took: Duration) {
        self.http_time.observe(took.as_secs_f64());
        self.http.get_or_create(&OfStatus { code }).inc();
    }
}
