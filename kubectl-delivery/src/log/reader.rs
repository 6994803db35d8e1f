//! Reads topics up to ends that were recorded before.
//!
//! Nothing waits forever: requests have a time limit, and so has the wait for the next record.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use delivery_kafka::read::partitions;
use delivery_kafka::{Bounds, ConnectionError, Event, KafkaConfig, ReadError, Reader, Start};
use delivery_messages::{Millis, Topic};
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::KafkaError;
use rdkafka::message::{BorrowedMessage, Message};
use rdkafka::metadata::Metadata;
use rdkafka::{Offset, Timestamp};
use tokio::time::timeout;

use crate::base::Problem;

/// The name of this client for Kafka and the API server.
pub(crate) const PURPOSE: &str = "kubectl-delivery";
const REQUEST_TIMEOUT: Duration = Duration::from_secs(10);
/// How long to wait for the next record.
const READ_TIMEOUT: Duration = Duration::from_mins(1);

/// The log cannot be read.
#[derive(Debug, thiserror::Error)]
pub(crate) enum LogError {
    /// The settings cannot be used.
    #[error(transparent)]
    Connection(Box<ConnectionError>),
    /// Kafka refuses to serve a topic.
    #[error(transparent)]
    Read(Box<ReadError>),
    #[error(
        "Kafka at {servers} does not answer a request about {subject}: {source}. Check the address (--bootstrap-servers, or \
         kafka.bootstrapServers in the chart's values), that Kafka is running, and that it can be reached."
    )]
    Unavailable { servers: String, subject: String, source: Box<KafkaError> },
    #[error("Kafka at {} has sent nothing for {} s. Try again when it is running.", servers, READ_TIMEOUT.as_secs())]
    Silent { servers: String },
    #[error(
        "Kafka at {servers} has no topic {topic}. Check that this is Code Delivery's Kafka and that --topic-prefix is right."
    )]
    NoTopic { servers: String, topic: String },
}

impl Problem for LogError {
    fn reason(&self) -> &'static str {
        match self {
            Self::Connection(_) => "KafkaSettings",
            Self::Read(_) => "KafkaRefuses",
            Self::Unavailable { .. } | Self::Silent { .. } => "KafkaUnavailable",
            Self::NoTopic { .. } => "NoTopic",
        }
    }
}

impl Problem for ReadError {
    fn reason(&self) -> &'static str {
        "KafkaRefuses"
    }
}

impl From<ConnectionError> for LogError {
    fn from(error: ConnectionError) -> Self {
        Self::Connection(Box::new(error))
    }
}

impl From<ReadError> for LogError {
    fn from(error: ReadError) -> Self {
        Self::Read(Box::new(error))
    }
}

#[derive(Clone)]
pub(crate) struct LogReader {
    config: KafkaConfig,
    consumer: Arc<BaseConsumer>,
}

impl LogReader {
    /// Prepares a client; sends nothing yet.
    pub(crate) fn new(config: KafkaConfig) -> Result<Self, LogError> {
        let mut client = config.client(PURPOSE)?;
        client.set("group.id", config.group(PURPOSE)).set("enable.auto.commit", "false");
        let consumer = client.create().map_err(ConnectionError::from)?;
        Ok(Self { config, consumer: Arc::new(consumer) })
    }

    pub(crate) fn config(&self) -> &KafkaConfig {
        &self.config
    }

    /// Runs a blocking request on a thread of its own; `subject` is what it is about, for an error's message.
    pub(crate) async fn ask<T: Send + 'static>(
        &self,
        subject: &str,
        request: impl FnOnce(&BaseConsumer) -> Result<T, KafkaError> + Send + 'static,
    ) -> Result<T, LogError> {
        delivery_kafka::ask(&self.consumer, request).await.map_err(|source| self.unavailable(subject, source))
    }

    pub(crate) fn unavailable(&self, subject: &str, source: KafkaError) -> LogError {
        let servers = self.config.bootstrap_servers.clone();
        LogError::Unavailable { servers, subject: subject.to_owned(), source: Box::new(source) }
    }

    /// The brokers and topics.
    pub(crate) async fn metadata(&self, limit: Duration) -> Result<Metadata, LogError> {
        self.ask("its brokers and topics", move |consumer| consumer.fetch_metadata(None, limit)).await
    }

    /// The bounds of each partition of a topic.
    pub(crate) async fn bounds(&self, topic: Topic) -> Result<BTreeMap<i32, Bounds>, LogError> {
        self.bounds_of(&self.config.topic(topic)).await
    }

    /// The same of a topic by its full name.
    pub(crate) async fn bounds_of(&self, name: &str) -> Result<BTreeMap<i32, Bounds>, LogError> {
        let unavailable = |source| self.unavailable(name, source);
        let count = partitions::count(&self.consumer, name, REQUEST_TIMEOUT).await.map_err(unavailable)?;
        let Some(count) = count else {
            let servers = self.config.bootstrap_servers.clone();
            return Err(LogError::NoTopic { servers, topic: name.to_owned() });
        };
        partitions::bounds(&self.consumer, name, 0..count, REQUEST_TIMEOUT).await.map_err(unavailable)
    }

    /// For each partition, the offset of the first record that the broker appended at that time or later, in milliseconds
    /// since the Unix epoch; none: all are older.
    pub(crate) async fn offsets_at(
        &self,
        topic: Topic,
        partitions: impl IntoIterator<Item = i32>,
        time: Millis,
    ) -> Result<BTreeMap<i32, Option<i64>>, LogError> {
        let name = self.config.topic(topic);
        let found = partitions::offsets_at(&self.consumer, &name, partitions, time, REQUEST_TIMEOUT).await;
        found.map_err(|source| self.unavailable(&name, source))
    }

    /// Passes the records of these ranges of offsets (first, and one after the last) to `each`, in order per partition.
    pub(crate) async fn read(
        &self,
        topic: Topic,
        ranges: &BTreeMap<i32, (i64, i64)>,
        each: impl FnMut(&BorrowedMessage<'_>),
    ) -> Result<(), LogError> {
        self.read_of(&self.config.topic(topic), ranges, each).await
    }

    /// The same of a topic by its full name.
    pub(crate) async fn read_of(
        &self,
        name: &str,
        ranges: &BTreeMap<i32, (i64, i64)>,
        mut each: impl FnMut(&BorrowedMessage<'_>),
    ) -> Result<(), LogError> {
        let ranges: BTreeMap<_, _> = ranges.iter().filter(|(_, (begin, end))| begin < end).collect();
        let starts: Vec<_> = ranges
            .iter()
            .map(|(partition, (begin, _))| Start {
                topic: name.to_owned(),
                partition: **partition,
                offset: Offset::Offset(*begin),
            })
            .collect();
        if starts.is_empty() {
            return Ok(());
        }
        let reader = Reader::open(&self.config, PURPOSE, &starts)?;
        let mut open: HashSet<i32> = ranges.keys().map(|partition| **partition).collect();
        while !open.is_empty() {
            let event = timeout(READ_TIMEOUT, reader.next()).await;
            match event.map_err(|_| LogError::Silent { servers: self.config.bootstrap_servers.clone() })?? {
                Event::Record(record) => {
                    let (partition, offset) = (record.partition(), record.offset());
                    let Some((_, end)) = ranges.get(&partition) else { continue };
                    if offset < *end {
                        each(&record);
                    }
                    if offset + 1 >= *end {
                        open.remove(&partition);
                    }
                }
                Event::End { partition } => {
                    open.remove(&partition);
                }
            }
        }
        Ok(())
    }

    /// Passes every record that a topic holds now to `each`.
    pub(crate) async fn read_all(&self, topic: Topic, each: impl FnMut(&BorrowedMessage<'_>)) -> Result<(), LogError> {
        let bounds = self.bounds(topic).await?;
        let ranges = bounds.iter().map(|(partition, found)| (*partition, (found.low, found.high))).collect();
        self.read(topic, &ranges, each).await
    }
}

/// When the broker appended a record, if the topic uses the broker's timestamps.
pub(crate) fn appended(record: &BorrowedMessage<'_>) -> Option<Millis> {
    match record.timestamp() {
        Timestamp::LogAppendTime(time) => Some(time),
        Timestamp::CreateTime(_) | Timestamp::NotAvailable => None,
    }
}

/// A record's key, if it has one that is text.
pub(crate) fn key<'a>(record: &'a BorrowedMessage<'_>) -> Option<&'a str> {
    record.key().and_then(|key| std::str::from_utf8(key).ok())
}
