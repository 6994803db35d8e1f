//! Reads whole partitions without a consumer group: from a known offset to their end, and beyond.
//!
//! The end of a partition is an EOF event from the broker, never arithmetic on offsets: compaction and transactions leave holes. While
//! a broker is down a read waits; that is never taken for an end.

use std::collections::HashSet;
use std::sync::Arc;

use rdkafka::consumer::{Consumer, StreamConsumer};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::BorrowedMessage;
use rdkafka::{ClientConfig, Offset, TopicPartitionList};

use crate::connect::connection::{ConnectionError, KafkaConfig};
use crate::connect::context::Context;
use crate::connect::{revival, statistics};

/// Where to start reading a partition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Start {
    /// The topic's full name.
    pub topic: String,
    /// The partition.
    pub partition: i32,
    /// The first offset to read; one that retention has removed means the oldest that is left.
    pub offset: Offset,
}

impl Start {
    /// The same offset in each of some partitions of a topic, named in full.
    #[must_use]
    pub fn each(topic: &str, partitions: impl IntoIterator<Item = i32>, offset: Offset) -> Vec<Self> {
        partitions.into_iter().map(|partition| Self { topic: topic.to_owned(), partition, offset }).collect()
    }
}

/// What a read returns.
#[derive(Debug)]
pub enum Event<'a> {
    /// A record.
    Record(BorrowedMessage<'a>),
    /// All that a partition holds now has been read; more may follow.
    End {
        /// The partition; Kafka's client does not name the topic.
        partition: i32,
    },
}

/// Why nothing can be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The settings cannot be used.
    #[error(transparent)]
    Connection(#[from] ConnectionError),
    /// Kafka refuses, and waiting will not help.
    #[error("Kafka refuses to let {topics} be read: {source}.")]
    Refused {
        /// The topics.
        topics: String,
        /// Kafka's error.
        source: KafkaError,
    },
}

/// A reader of some partitions.
pub struct Reader {
    pub(crate) consumer: Arc<StreamConsumer<Context>>,
    topics: String,
    assigned: usize,
}

impl Reader {
    /// Starts to read the given partitions.
    ///
    /// # Errors
    /// When the settings cannot be used.
    pub fn open(config: &KafkaConfig, purpose: &str, starts: &[Start]) -> Result<Self, ReadError> {
        let mut reader = Self::idle(&settings(config, purpose)?)?;
        reader.assign(starts)?;
        Ok(reader)
    }

    /// The same for a reader that reads on for long. While nothing is written it asks the broker twice a second instead of ten times, and
    /// learns of a record as soon; only the end of a partition in which there is nothing to read is reported later, after half a second.
    ///
    /// # Errors
    /// When the settings cannot be used.
    pub fn follow(config: &KafkaConfig, purpose: &str, starts: &[Start]) -> Result<Self, ReadError> {
        let mut settings = settings(config, purpose)?;
        settings.set("fetch.wait.max.ms", "500");
        statistics::enable(&mut settings);
        let mut reader = Self::idle(&settings)?;
        reader.assign(starts)?;
        Ok(reader)
    }

    /// The same for a reader that has been to the ends before, and is not told of them: while nothing is written it asks the broker every two
    /// seconds. Longer would save next to nothing, and a partition that has moved to another broker waits for the answer that this one is
    /// about to give for others.
    ///
    /// # Errors
    /// When the settings cannot be used.
    pub fn tail(config: &KafkaConfig, purpose: &str, starts: &[Start]) -> Result<Self, ReadError> {
        let mut settings = settings(config, purpose)?;
        settings.set("fetch.wait.max.ms", "2000").set("enable.partition.eof", "false");
        statistics::enable(&mut settings);
        let mut reader = Self::idle(&settings)?;
        reader.assign(starts)?;
        Ok(reader)
    }

    /// A reader of nothing.
    pub(crate) fn idle(settings: &ClientConfig) -> Result<Self, ReadError> {
        let consumer = revival::open(settings, Context).map_err(ConnectionError::from)?;
        Ok(Self { consumer, topics: String::new(), assigned: 0 })
    }

    /// Reads these partitions from now on, and no others.
    pub(crate) fn assign(&mut self, starts: &[Start]) -> Result<(), ReadError> {
        let mut partitions = TopicPartitionList::with_capacity(starts.len());
        for start in starts {
            // A client that does not know a partition's leader yet waits half a second before it asks where the partition begins. From
            // an offset it reads at once; one that retention has removed it resets to the beginning.
            let offset = if start.offset == Offset::Beginning { Offset::Offset(0) } else { start.offset };
            partitions.add_partition_offset(&start.topic, start.partition, offset).map_err(ConnectionError::from)?;
        }
        let mut topics: Vec<_> = starts.iter().map(|start| start.topic.as_str()).collect();
        topics.sort_unstable();
        topics.dedup();
        self.topics = topics.join(", ");
        self.assigned = starts.len();
        let refused = |source| ReadError::Refused { topics: self.topics.clone(), source };
        self.consumer.assign(&partitions).map_err(refused)
    }

    /// The next record, or the end of a partition. Waits while Kafka is unavailable.
    ///
    /// # Errors
    /// [`ReadError::Refused`] when Kafka refuses for a reason that retrying will not fix, such as a missing permission.
    pub async fn next(&self) -> Result<Event<'_>, ReadError> {
        loop {
            match self.consumer.recv().await {
                Ok(record) => return Ok(Event::Record(record)),
                Err(KafkaError::PartitionEOF(partition)) => return Ok(Event::End { partition }),
                // Each is one report in the client's queue; a pause here would delay the records behind the reports.
                Err(error) if is_passing(&error) => tracing::debug!(topics = self.topics, %error, "Kafka is down."),
                Err(source) => {
                    return Err(ReadError::Refused { topics: self.topics.clone(), source });
                }
            }
        }
    }

    /// Gives every record to `each` until each partition has reached its end once.
    ///
    /// The partitions must be of one topic, since an end does not name its topic.
    ///
    /// # Errors
    /// As [`Reader::next`].
    pub async fn read_to_end(&self, mut each: impl FnMut(&BorrowedMessage<'_>)) -> Result<(), ReadError> {
        let mut ended = HashSet::with_capacity(self.assigned);
        while ended.len() < self.assigned {
            match self.next().await? {
                Event::Record(record) => each(&record),
                Event::End { partition } => {
                    ended.insert(partition);
                }
            }
        }
        Ok(())
    }

    /// Ends the client, which takes a moment, without holding up the thread that everything else runs on.
    pub async fn close(self) {
        // It fails only when the process ends, and then there is nothing left to do.
        let _ = tokio::task::spawn_blocking(move || drop(self)).await;
    }
}

pub(crate) fn settings(config: &KafkaConfig, purpose: &str) -> Result<ClientConfig, ConnectionError> {
    let mut client = config.client(purpose)?;
    client
        // Nothing is committed, but the client requires a group.
        .set("group.id", config.group(purpose))
        .set("enable.auto.commit", "false")
        .set("enable.auto.offset.store", "false")
        .set("enable.partition.eof", "true")
        .set("auto.offset.reset", "earliest")
        .set("isolation.level", "read_committed")
        // The end of an empty partition is reported after this wait, so it is part of every start.
        .set("fetch.wait.max.ms", "100")
        .set("fetch.error.backoff.ms", "100")
        // The reader of a single delivery must fit into a few MiB; a longer record is fetched anyway (KIP-74).
        .set("fetch.message.max.bytes", "131072")
        .set("fetch.max.bytes", "524288")
        .set("message.max.bytes", "262144")
        .set("queued.max.messages.kbytes", "1024")
        // A partition whose records wait in a full queue is fetched again after this time, and not as soon as there is room. By default that is
        // a second, during which whoever has caught up would learn of nothing.
        .set("fetch.queue.backoff.ms", "20");
    Ok(client)
}

/// Whether retrying helps. It does not when the client is broken or lacks the permission to read.
pub(crate) fn is_passing(error: &KafkaError) -> bool {
    !matches!(
        error.rdkafka_error_code(),
        Some(
            RDKafkaErrorCode::Fatal
                | RDKafkaErrorCode::TopicAuthorizationFailed
                | RDKafkaErrorCode::GroupAuthorizationFailed
                | RDKafkaErrorCode::ClusterAuthorizationFailed
                | RDKafkaErrorCode::InvalidTopic
        )
    )
}
