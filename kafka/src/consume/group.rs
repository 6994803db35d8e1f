//! Consumers in a group, which commit what was done until the brokers have taken it, and leave the group in bounded time.
//!
//! The client leaves its group when it is dropped, and waits for the brokers' answer without a limit; while they are away, that would
//! hold up the end of the process until it is killed. So another thread waits, and the one that ends only for a moment. What is consumed,
//! and when it is committed, is left to each service.

use std::collections::BTreeMap;
use std::ops::Deref;
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::thread;
use std::time::Duration;

use rdkafka::consumer::{Consumer, ConsumerContext, StreamConsumer};
use rdkafka::error::KafkaError;
use rdkafka::{ClientConfig, Offset, TopicPartitionList};

use crate::connect::connection::{ConnectionError, KafkaConfig};
use crate::connect::revival;

/// How long to wait until the group is left. A coordinator that answers takes some milliseconds; without it, the group notices by the
/// session's time limit.
const LEAVE: Duration = Duration::from_secs(3);

/// How often the client commits, milliseconds. What is done in between is read again after a kill.
const COMMIT_INTERVAL: &str = "200";

/// The next offset of each partition, by the topic's full name and the partition's number.
pub type NextOffsets = BTreeMap<(String, i32), i64>;

/// Settings of a consumer in a group that keeps little in memory. The group's name becomes the client's as well.
///
/// # Errors
/// When a file of the properties' directory cannot be read.
pub fn settings(kafka: &KafkaConfig, group: &str) -> Result<ClientConfig, ConnectionError> {
    let mut settings = kafka.client(group)?;
    settings
        .set("group.id", kafka.group(group))
        // What was sent before the service first ran counts as well.
        .set("auto.offset.reset", "earliest")
        .set("isolation.level", "read_committed")
        // A member that retries while the database is down must stay in the group; one that was killed is missed soon.
        .set("max.poll.interval.ms", "86400000")
        .set("session.timeout.ms", "10000")
        // A topic that the operator has yet to create is discovered soon.
        .set("topic.metadata.refresh.interval.ms", "10000")
        // By default a client fetches up to 50 MiB at once, and keeps 64 MiB: more than a service has room for, and what is read is only
        // acted on in small batches. Only values are counted, and a short record that was written alone takes several times as much. A longer
        // record is fetched anyway (KIP-74).
        .set("fetch.max.bytes", "262144")
        .set("fetch.message.max.bytes", "65536")
        .set("message.max.bytes", "262144")
        .set("queued.max.messages.kbytes", "256")
        // By default a partition whose records wait in a full queue is fetched again a second later, and a short queue is empty by then.
        .set("fetch.queue.backoff.ms", "50");
    Ok(settings)
}

/// A consumer in a group.
pub struct GroupConsumer<C: ConsumerContext + 'static> {
    /// Dropped first, so that the last reference is the thread's.
    consumer: Arc<StreamConsumer<C>>,
    _leave: Leave,
}

impl<C: ConsumerContext + 'static> GroupConsumer<C> {
    /// Makes a consumer with these settings, which name its group; like [`revival::open`].
    ///
    /// # Errors
    /// When the settings cannot be used.
    pub fn open(settings: &ClientConfig, context: C) -> Result<Self, KafkaError> {
        let mut settings = settings.clone();
        settings
            .set("enable.auto.commit", "true")
            .set("enable.auto.offset.store", "false")
            .set("auto.commit.interval.ms", COMMIT_INTERVAL);
        let consumer: Arc<StreamConsumer<C>> = revival::open(&settings, context)?;
        let leave = Leave::new(Arc::clone(&consumer));
        Ok(Self { consumer, _leave: leave })
    }

    /// The client, for questions to the brokers.
    #[must_use]
    pub const fn client(&self) -> &Arc<StreamConsumer<C>> {
        &self.consumer
    }

    /// Has the client commit offsets soon. It tries again what the brokers refused while the group was dividing its partitions: a member that
    /// keeps a partition does not read it again. Those that are never committed, because Kafka is away or a partition has moved to another
    /// member, are read again by whoever has the partition then.
    pub fn commit_next(&self, offsets: &NextOffsets) {
        if offsets.is_empty() {
            return;
        }
        let mut list = TopicPartitionList::with_capacity(offsets.len());
        for ((topic, partition), next) in offsets {
            if let Err(error) = list.add_partition_offset(topic, *partition, Offset::Offset(*next)) {
                tracing::error!(%error, topic, "Cannot commit an offset.");
            }
        }
        if let Err(error) = self.consumer.store_offsets(&list) {
            tracing::debug!(%error, "The partitions have moved to another member, which reads them again.");
        }
    }
}

impl<C: ConsumerContext + 'static> Deref for GroupConsumer<C> {
    type Target = StreamConsumer<C>;

    fn deref(&self) -> &Self::Target {
        &self.consumer
    }
}

/// Lets a thread drop the consumer, and waits for it.
struct Leave {
    /// The thread drops the consumer when this is dropped.
    request: Option<mpsc::Sender<()>>,
    /// Disconnected when the group was left.
    left: Mutex<mpsc::Receiver<()>>,
}

impl Leave {
    fn new<T: Send + 'static>(consumer: T) -> Self {
        let (request, requested) = mpsc::channel::<()>();
        let (leaving, left) = mpsc::channel();
        // Without a thread, which the system may refuse, the consumer is left where it always was: to the one who drops it.
        let spawned = thread::Builder::new().name("leave-group".to_owned()).spawn(move || {
            // It never receives anything: it waits until the other end is dropped.
            let _ = requested.recv();
            drop(consumer);
            drop(leaving);
        });
        drop(spawned);
        Self { request: Some(request), left: Mutex::new(left) }
    }
}

impl Drop for Leave {
    fn drop(&mut self) {
        drop(self.request.take());
        let left = self.left.get_mut().unwrap_or_else(PoisonError::into_inner);
        if left.recv_timeout(LEAVE) == Err(mpsc::RecvTimeoutError::Timeout) {
            tracing::warn!(
                "No broker has confirmed within {LEAVE:?} that this client left its group; the group will notice it."
            );
        }
    }
}

#[cfg(test)]
#[path = "tests/group.rs"]
mod tests;
