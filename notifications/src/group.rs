//! Reads topics as a member of a consumer group, in batches, and commits what is settled.
//!
//! A record that is not committed is read again, by this member or another, so whoever uses this does what a record asks for first and
//! commits then. What records mean is left to [`crate::ingest`] and [`crate::projector`].

use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use delivery_kafka::consume::lag;
use delivery_kafka::{ConnectionError, GroupConsumer, KafkaConfig, NextOffsets};
use delivery_messages::{Millis, TRACEPARENT_HEADER, Topic, TraceParent};
use rdkafka::ClientContext;
use rdkafka::consumer::{BaseConsumer, Consumer, ConsumerContext, Rebalance};
use rdkafka::error::KafkaError;
use rdkafka::message::{BorrowedMessage, Headers, Message};
use tokio::time::sleep;

use crate::metrics::Metrics;

/// The most records of a batch.
const MAX: usize = 200;
/// How long to wait for more records after the first.
const LINGER: Duration = Duration::from_millis(20);

/// How partitions are shared among the members of a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sharing {
    /// Evenly, and with as few moves as possible.
    Sticky,
    /// Partitions of the same number, of topics with as many partitions, go to the same member.
    Together,
}

impl Sharing {
    const fn strategy(self) -> &'static str {
        match self {
            Self::Sticky => "cooperative-sticky",
            Self::Together => "range",
        }
    }
}

/// A record that was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Record {
    /// Its topic.
    pub topic: Topic,
    /// The topic's full name.
    pub name: String,
    pub partition: i32,
    pub offset: i64,
    /// When the broker wrote it.
    pub time: Millis,
    pub value: Option<Vec<u8>>,
    /// Its trace context.
    pub trace: Option<String>,
}

/// Counts how often partitions were handed out.
struct Members(Arc<AtomicU64>);

impl ClientContext for Members {
    fn error(&self, error: KafkaError, reason: &str) {
        delivery_kafka::connect::context::Context.error(error, reason);
    }
}

impl ConsumerContext for Members {
    fn post_rebalance(&self, _: &BaseConsumer<Self>, _: &Rebalance<'_>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

/// A member of a group.
pub(crate) struct Group {
    kafka: KafkaConfig,
    /// Its full name.
    name: String,
    consumer: GroupConsumer<Members>,
    assignments: Arc<AtomicU64>,
}

impl Group {
    /// Joins a group, without waiting for Kafka.
    ///
    /// # Errors
    /// When the settings cannot be used.
    pub(crate) fn join(
        kafka: &KafkaConfig,
        group: &str,
        topics: &[Topic],
        sharing: Sharing,
    ) -> Result<Self, ConnectionError> {
        let (mut settings, name) = (delivery_kafka::consume::group::settings(kafka, group)?, kafka.group(group));
        settings.set("partition.assignment.strategy", sharing.strategy()).set("fetch.wait.max.ms", "500");
        let assignments = Arc::new(AtomicU64::new(0));
        let consumer = GroupConsumer::open(&settings, Members(Arc::clone(&assignments)))?;
        let names: Vec<String> = topics.iter().map(|topic| kafka.topic(*topic)).collect();
        consumer.subscribe(&names.iter().map(String::as_str).collect::<Vec<_>>())?;
        Ok(Self { kafka: kafka.clone(), name, consumer, assignments })
    }

    /// How often partitions were handed out so far. What is read after a change may be of other partitions than before.
    #[must_use]
    pub(crate) fn assignments(&self) -> u64 {
        self.assignments.load(Ordering::Relaxed)
    }

    /// Waits for a record, and returns it with those that come right after it. Never empty.
    pub(crate) async fn batch(&self) -> Vec<Record> {
        let mut batch = Vec::new();
        while batch.is_empty() {
            batch.extend(self.take(self.consumer.recv().await));
        }
        let mut lingered = pin!(sleep(LINGER));
        while batch.len() < MAX {
            tokio::select! {
                () = &mut lingered => break,
                received = self.consumer.recv() => batch.extend(self.take(received)),
            }
        }
        batch
    }

    /// Commits. If a partition has moved to another member, that one reads the records again.
    pub(crate) fn commit(&self, offsets: &NextOffsets) {
        self.consumer.commit_next(offsets);
    }

    /// Measures forever how far the group is behind in the partitions of this member.
    pub(crate) async fn measure(&self, metrics: &Metrics) {
        let topics = self.kafka.topics();
        let tell = |topic: &str, records| {
            if let Some(topic) = topics.topic(topic) {
                metrics.group_lag(&self.name, topic, records);
            }
        };
        lag::watch(self.consumer.client(), tell).await;
    }

    fn take(&self, received: Result<BorrowedMessage<'_>, KafkaError>) -> Option<Record> {
        let message = match received {
            Ok(message) => message,
            // The client retries by itself. A pause here would add up, because the errors of an unavailable broker pile up.
            Err(error) => {
                tracing::debug!(%error, "Kafka is not available; the client retries.");
                return None;
            }
        };
        Some(Record {
            topic: self.kafka.topics().topic(message.topic())?,
            name: message.topic().to_owned(),
            partition: message.partition(),
            offset: message.offset(),
            time: message.timestamp().to_millis().unwrap_or_default(),
            value: message.payload().map(<[u8]>::to_vec),
            trace: traceparent(&message),
        })
    }
}

/// The offsets after these records.
#[must_use]
pub(crate) fn after(records: &[Record]) -> NextOffsets {
    let mut offsets = NextOffsets::new();
    for record in records {
        let next = record.offset.saturating_add(1);
        let known = offsets.entry((record.name.clone(), record.partition)).or_insert(next);
        *known = next.max(*known);
    }
    offsets
}

/// The trace context in the headers of a record, if it is valid.
fn traceparent(message: &BorrowedMessage<'_>) -> Option<String> {
    let found = message.headers()?.iter().find(|header| header.key == TRACEPARENT_HEADER)?;
    std::str::from_utf8(found.value?).ok().filter(|text| TraceParent::is_valid(text)).map(str::to_owned)
}

#[cfg(test)]
#[path = "tests/group.rs"]
mod tests;
