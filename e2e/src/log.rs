//! Kafka, as any client sees it: reading topics and sending records.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use delivery_kafka::read::partitions;
use delivery_kafka::write::writer;
use delivery_kafka::{ConnectionError, Event, KafkaConfig, Reader, Start};
use delivery_messages::{NewPosition, Plan, Route, State, Topic, decode};
use rdkafka::admin::{AdminClient, AdminOptions, AlterConfig, ConfigSource, ResourceSpecifier};
use rdkafka::client::DefaultClientContext;
use rdkafka::message::{BorrowedMessage, Header, Headers, Message, OwnedHeaders};
use rdkafka::producer::{FutureProducer, FutureRecord};
use rdkafka::{Offset, util::Timeout};

use crate::within;

/// The address of the demo's Kafka outside the cluster.
const OUTSIDE: &str = "127.0.0.1:30092";

/// A record, copied out of its message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// The record's partition.
    pub partition: i32,
    /// The record's offset.
    pub offset: i64,
    /// The record's key as text.
    pub key: String,
    /// The record's value; none is a tombstone.
    pub value: Option<Vec<u8>>,
    /// The record's headers as text.
    pub headers: BTreeMap<String, String>,
}

impl Record {
    fn copy(message: &BorrowedMessage<'_>) -> Self {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let headers = message.headers().map(|headers| {
            headers.iter().map(|header| (header.key.to_owned(), header.value.map(text).unwrap_or_default())).collect()
        });
        Self {
            partition: message.partition(),
            offset: message.offset(),
            key: message.key().map(text).unwrap_or_default(),
            value: message.payload().map(<[u8]>::to_vec),
            headers: headers.unwrap_or_default(),
        }
    }
}

/// The log of the installation that is tested.
#[derive(Clone, Debug)]
pub struct Log {
    /// How to connect.
    pub config: KafkaConfig,
}

impl Default for Log {
    fn default() -> Self {
        let bootstrap_servers = std::env::var("KAFKA").unwrap_or_else(|_| OUTSIDE.to_owned());
        Self {
            config: KafkaConfig {
                bootstrap_servers,
                topic_prefix: String::new(),
                group_prefix: String::new(),
                properties_directory: None,
            },
        }
    }
}

impl Log {
    async fn starts(&self, topic: &str, offset: Offset) -> Result<Vec<Start>> {
        let count = within("the topic", async { Ok(partitions::wait(&self.config, "e2e", topic).await?) }).await?;
        Ok((0..count).map(|partition| Start { topic: topic.to_owned(), partition, offset }).collect())
    }

    /// All records of a topic up to its current end, in order within each partition.
    ///
    /// # Errors
    /// When Kafka does not answer in time.
    pub async fn all(&self, topic: Topic) -> Result<Vec<Record>> {
        self.all_of(&self.config.topic(topic)).await
    }

    /// All records of a topic that is not the product's, in order within each partition.
    ///
    /// # Errors
    /// As [`Log::all`].
    pub async fn all_of(&self, topic: &str) -> Result<Vec<Record>> {
        let reader = Reader::open(&self.config, "e2e", &self.starts(topic, Offset::Beginning).await?)?;
        let mut records = Vec::new();
        let read = reader.read_to_end(|message| records.push(Record::copy(message)));
        within("the topic's end", async { Ok(read.await?) }).await?;
        Ok(records)
    }

    /// Reads a topic from its beginning until `wanted` returns something for a record.
    ///
    /// # Errors
    /// When no such record comes in time.
    pub async fn find<T>(&self, topic: Topic, what: &str, wanted: impl Fn(&Record) -> Option<T>) -> Result<T> {
        let topic = self.config.topic(topic);
        let reader = Reader::open(&self.config, "e2e", &self.starts(&topic, Offset::Beginning).await?)?;
        within(what, async {
            loop {
                if let Event::Record(message) = reader.next().await?
                    && let Some(found) = wanted(&Record::copy(&message))
                {
                    return Ok(found);
                }
            }
        })
        .await
    }

    /// Every position of a delivery with the bytes of its record, in the log's order, repeats included.
    ///
    /// # Errors
    /// When Kafka does not answer, or the delivery has a record that is not a position.
    pub async fn positions(&self, delivery: &str) -> Result<Vec<(NewPosition, Vec<u8>)>> {
        let mut found = Vec::new();
        for record in self.all(Topic::NewPosition).await?.into_iter().filter(|record| record.key == delivery) {
            let position = decode(Topic::NewPosition, record.value.as_deref())?;
            found.push((position, record.value.unwrap_or_default()));
        }
        Ok(found)
    }

    /// The newest plan of a delivery in the log.
    ///
    /// # Errors
    /// When there is none.
    pub async fn newest_plan(&self, delivery: &str) -> Result<Plan> {
        let records = self.all(Topic::Plan).await?;
        let newest =
            records.iter().rev().find(|record| record.key == delivery).context("the log contains no plan of it")?;
        Ok(decode(Topic::Plan, newest.value.as_deref())?)
    }

    /// A plan of a delivery for which `wanted` holds.
    ///
    /// # Errors
    /// When there is none in time.
    pub async fn plan(&self, delivery: &str, wanted: impl Fn(&Plan) -> bool) -> Result<Plan> {
        self.find(Topic::Plan, &format!("the wanted plan of {delivery}"), |record| {
            let plan: Plan = decode(Topic::Plan, record.value.as_deref()).ok()?;
            (record.key == delivery && wanted(&plan)).then_some(plan)
        })
        .await
    }

    /// A state of a delivery for which `wanted` holds.
    ///
    /// # Errors
    /// When there is none in time.
    pub async fn state(&self, delivery: &str, wanted: impl Fn(&State) -> bool) -> Result<State> {
        self.find(Topic::State, &format!("the wanted state of {delivery}"), |record| {
            let state: State = decode(Topic::State, record.value.as_deref()).ok()?;
            (record.key == delivery && wanted(&state)).then_some(state)
        })
        .await
    }

    /// The revision of a route that a plan uses.
    ///
    /// # Errors
    /// When the catalogue does not contain it in time.
    pub async fn route(&self, plan: &Plan) -> Result<Route> {
        self.find(Topic::Catalogue, &plan.route, |record| {
            (record.key == plan.route).then(|| decode(Topic::Catalogue, record.value.as_deref()).ok()).flatten()
        })
        .await
    }

    /// The dead letter of a record.
    ///
    /// # Errors
    /// When there is none in time.
    pub async fn dead_letter(&self, topic: Topic, (partition, offset): (i32, i64)) -> Result<Record> {
        let key = format!("{}/{partition}/{offset}", self.config.topic(topic));
        let wanted = |record: &Record| (record.key == key).then(|| record.clone());
        self.find(Topic::DeadLetters, &format!("the dead letter {key}"), wanted).await
    }

    /// Sets the maximum length of records in a topic, and returns the topic's settings of before, for [`Self::configure`].
    ///
    /// # Errors
    /// When Kafka refuses.
    pub async fn allow(&self, topic: Topic, bytes: u32) -> Result<Vec<(String, String)>> {
        const LENGTH: &str = "max.message.bytes";
        let admin: AdminClient<DefaultClientContext> =
            self.config.client("e2e")?.create().map_err(ConnectionError::from)?;
        let name = self.config.topic(topic);
        let mut before = Vec::new();
        for found in admin.describe_configs([&ResourceSpecifier::Topic(&name)], &AdminOptions::new()).await? {
            let found =
                found.map_err(|error| anyhow::anyhow!("Kafka does not show the topic's configuration: {error}"))?;
            let own = found.entries.into_iter().filter(|entry| entry.source == ConfigSource::DynamicTopic);
            before.extend(own.map(|entry| (entry.name, entry.value.unwrap_or_default())));
        }
        let mut changed = before.clone();
        changed.retain(|(name, _)| name != LENGTH);
        changed.push((LENGTH.to_owned(), bytes.to_string()));
        self.configure(topic, &changed).await?;
        Ok(before)
    }

    /// Gives a topic these settings, and no others: for what is not named it has the broker's defaults.
    ///
    /// # Errors
    /// When Kafka refuses.
    pub async fn configure(&self, topic: Topic, settings: &[(String, String)]) -> Result<()> {
        let admin: AdminClient<DefaultClientContext> =
            self.config.client("e2e")?.create().map_err(ConnectionError::from)?;
        let topic = self.config.topic(topic);
        let mut change = AlterConfig::new(ResourceSpecifier::Topic(&topic));
        for (name, value) in settings {
            change = change.set(name, value);
        }
        for result in admin.alter_configs([&change], &AdminOptions::new()).await? {
            result.map_err(|(_, error)| anyhow::anyhow!("Kafka refused the topic's configuration: {error}"))?;
        }
        Ok(())
    }

    /// Sends a record and returns its partition and offset.
    ///
    /// # Errors
    /// When Kafka does not accept it in time.
    pub async fn send(&self, topic: Topic, key: Option<&str>, value: &[u8]) -> Result<(i32, i64)> {
        self.send_with(topic, key, Some(value), &[]).await
    }

    /// Sends a tombstone to a compacted topic.
    ///
    /// # Errors
    /// When Kafka does not accept it.
    pub async fn remove(&self, topic: Topic, key: &str) -> Result<()> {
        self.send_with(topic, Some(key), None, &[]).await.map(drop)
    }

    /// Sends a record with headers, or a tombstone; returns its partition and offset.
    ///
    /// # Errors
    /// When Kafka does not accept it.
    pub async fn send_with(
        &self,
        topic: Topic,
        key: Option<&str>,
        value: Option<&[u8]>,
        headers: &[(&str, &str)],
    ) -> Result<(i32, i64)> {
        let mut settings = writer::settings(&self.config, "e2e")?;
        settings.set("message.timeout.ms", "60000").set("message.max.bytes", "3000000");
        let producer: FutureProducer = settings.create().map_err(ConnectionError::from)?;
        let topic = self.config.topic(topic);
        let headers = headers
            .iter()
            .fold(OwnedHeaders::new(), |all, (key, value)| all.insert(Header { key, value: Some(*value) }));
        let record = FutureRecord {
            topic: &topic,
            partition: None,
            payload: value,
            key,
            timestamp: None,
            headers: Some(headers),
        };
        let sent = producer
            .send(record, Timeout::Never)
            .await
            .map_err(|(error, _)| error)
            .context("Kafka refused the record")?;
        Ok((sent.partition, sent.offset))
    }
}
