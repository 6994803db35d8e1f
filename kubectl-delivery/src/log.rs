//! Kafka, as every command here reads it: extents of partitions noted once, then read up to there.
//!
//! Nothing waits for ever: a question has a time limit, and so has the silence between two records.

use crate::error::Error;
use delivery_kafka::{Event, KafkaConfig, Reader, Start};
use delivery_messages::{Millis, Topic};
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::KafkaError;
use rdkafka::message::{BorrowedMessage, Message};
use rdkafka::metadata::{Metadata, MetadataTopic};
use rdkafka::{Offset, Timestamp, TopicPartitionList};
use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::timeout;

/// What Kafka's broker sees as our name.
pub const PURPOSE: &str = "kubectl-delivery";
const QUESTION: Duration = Duration::from_secs(10);
const SILENCE: Duration = Duration::from_mins(1);

/// Which offsets of a partition there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Offsets {
    /// The oldest that retention has left.
    pub low: i64,
    /// One after the newest.
    pub high: i64,
}

/// A connection to Kafka.
#[derive(Clone)]
pub struct Log {
    config: KafkaConfig,
    consumer: Arc<BaseConsumer>,
}

impl Log {
    /// Prepares a connection; nothing is asked yet.
    ///
    /// # Errors
    /// When the settings cannot be used.
    pub fn new(config: KafkaConfig) -> Result<Self, Error> {
        let mut client = config.client(PURPOSE)?;
        client.set("group.id", config.group(PURPOSE)).set("enable.auto.commit", "false");
        let consumer = client.create().map_err(delivery_kafka::ConnectionError::from)?;
        Ok(Self { config, consumer: Arc::new(consumer) })
    }

    /// How it is reached.
    #[must_use]
    pub fn config(&self) -> &KafkaConfig {
        &self.config
    }

    /// Asks a question that blocks the client's thread.
    ///
    /// # Errors
    /// When Kafka does not answer in time, or refuses.
    pub async fn ask<T: Send + 'static>(
        &self,
        what: &str,
        question: impl FnOnce(&BaseConsumer) -> Result<T, KafkaError> + Send + 'static,
    ) -> Result<T, Error> {
        let consumer = Arc::clone(&self.consumer);
        let answer = tokio::task::spawn_blocking(move || question(&consumer)).await;
        let answer = answer.unwrap_or(Err(KafkaError::Canceled));
        answer.map_err(|source| self.failed(what, source))
    }

    fn failed(&self, what: &str, source: KafkaError) -> Error {
        Error::Kafka { servers: self.config.bootstrap_servers.clone(), what: what.to_owned(), source: Box::new(source) }
    }

    /// What the cluster consists of.
    ///
    /// # Errors
    /// When Kafka does not answer within `limit`.
    pub async fn metadata(&self, limit: Duration) -> Result<Metadata, Error> {
        self.ask("its brokers and topics", move |consumer| consumer.fetch_metadata(None, limit)).await
    }

    /// The offsets of each partition of a topic.
    ///
    /// # Errors
    /// When Kafka does not answer, or does not have the topic.
    pub async fn offsets(&self, topic: Topic) -> Result<BTreeMap<i32, Offsets>, Error> {
        self.offsets_of(&self.config.topic(topic)).await
    }

    /// The offsets of each partition of a topic by its full name.
    ///
    /// # Errors
    /// As [`Log::offsets`].
    pub async fn offsets_of(&self, name: &str) -> Result<BTreeMap<i32, Offsets>, Error> {
        let asked = name.to_owned();
        let found = self
            .ask(name, move |consumer| {
                let metadata = consumer.fetch_metadata(Some(&asked), QUESTION)?;
                let found = metadata.topics().iter().find(|found| found.name() == asked && found.error().is_none());
                let partitions = found.map(MetadataTopic::partitions).unwrap_or_default();
                partitions
                    .iter()
                    .map(|partition| {
                        let (low, high) = consumer.fetch_watermarks(&asked, partition.id(), QUESTION)?;
                        Ok((partition.id(), Offsets { low, high }))
                    })
                    .collect::<Result<BTreeMap<_, _>, KafkaError>>()
            })
            .await?;
        if found.is_empty() {
            let servers = self.config.bootstrap_servers.clone();
            return Err(Error::NoTopic { servers, topic: name.to_owned() });
        }
        Ok(found)
    }

    /// Where in each partition the first record is that the broker got at that time or later; none: all are older.
    ///
    /// # Errors
    /// When Kafka does not answer.
    pub async fn offsets_at(
        &self,
        topic: Topic,
        partitions: impl IntoIterator<Item = i32>,
        time: Millis,
    ) -> Result<BTreeMap<i32, Option<i64>>, Error> {
        let name = self.config.topic(topic);
        let mut times = TopicPartitionList::new();
        for partition in partitions {
            let added = times.add_partition_offset(&name, partition, Offset::Offset(time.max(0)));
            added.map_err(|source| self.failed(&name, source))?;
        }
        let found = self.ask(&name, move |consumer| consumer.offsets_for_times(times, QUESTION)).await?;
        Ok(found
            .elements()
            .iter()
            .map(|found| {
                let offset = if let Offset::Offset(offset) = found.offset() { Some(offset) } else { None };
                (found.partition(), offset)
            })
            .collect())
    }

    /// Gives every record of these parts of partitions, from the first offset up to the second, to `each`; the records
    /// of a partition come in their order.
    ///
    /// # Errors
    /// When Kafka refuses, or falls silent.
    pub async fn read(
        &self,
        topic: Topic,
        parts: &BTreeMap<i32, (i64, i64)>,
        each: impl FnMut(&BorrowedMessage<'_>),
    ) -> Result<(), Error> {
        self.read_of(&self.config.topic(topic), parts, each).await
    }

    /// The same of a topic by its full name.
    ///
    /// # Errors
    /// As [`Log::read`].
    pub async fn read_of(
        &self,
        name: &str,
        parts: &BTreeMap<i32, (i64, i64)>,
        mut each: impl FnMut(&BorrowedMessage<'_>),
    ) -> Result<(), Error> {
        let parts: BTreeMap<_, _> = parts.iter().filter(|(_, (begin, end))| begin < end).collect();
        let starts: Vec<_> = parts
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
        let mut open: HashSet<i32> = parts.keys().map(|partition| **partition).collect();
        while !open.is_empty() {
            let event = timeout(SILENCE, reader.next()).await;
            match event.map_err(|_| Error::Silent(self.config.bootstrap_servers.clone()))?? {
                Event::Record(record) => {
                    let (partition, offset) = (record.partition(), record.offset());
                    let Some((_, end)) = parts.get(&partition) else { continue };
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

    /// Gives every record that a topic holds now to `each`.
    ///
    /// # Errors
    /// As [`Log::read`].
    pub async fn read_all(&self, topic: Topic, each: impl FnMut(&BorrowedMessage<'_>)) -> Result<(), Error> {
        let offsets = self.offsets(topic).await?;
        let parts = offsets.iter().map(|(partition, found)| (*partition, (found.low, found.high))).collect();
        self.read(topic, &parts, each).await
    }
}

/// When the broker had a record, if the topic's timestamps are the broker's own.
#[must_use]
pub fn appended(record: &BorrowedMessage<'_>) -> Option<Millis> {
    match record.timestamp() {
        Timestamp::LogAppendTime(time) => Some(time),
        Timestamp::CreateTime(_) | Timestamp::NotAvailable => None,
    }
}

/// A record's key as text; not every record has one.
#[must_use]
pub fn key<'a>(record: &'a BorrowedMessage<'_>) -> Option<&'a str> {
    record.key().and_then(|key| std::str::from_utf8(key).ok())
}
