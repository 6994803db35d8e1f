//! Writes plans, states, routes and erasures to `MongoDB`. All replicas share a consumer group, so each record is written once.
//!
//! Records are gathered into batches, the newest of each part of a document. A batch is written in chunks, at most one
//! a second, and only then committed to Kafka; so a crash repeats a part of a batch, which the guards of
//! [`super::statements`] make harmless. While `MongoDB` is away, the writer retries and keeps gathering. As the one
//! consumer-group reader of these topics it also sends what it cannot understand to `dead-letters`.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use delivery_kafka::context::Context;
use delivery_kafka::{ConnectionError, DeadLetterRecord, KafkaConfig, revival, writer};
use delivery_messages::{DeadLetter, Topic};
use rdkafka::consumer::{CommitMode, Consumer, StreamConsumer};
use rdkafka::error::KafkaError;
use rdkafka::message::{BorrowedMessage, Message};
use rdkafka::producer::FutureProducer;
use rdkafka::util::Timeout;
use rdkafka::{Offset, TopicPartitionList};
use tokio::time::{Instant, sleep, sleep_until, timeout};

use super::batch::Batch;
use super::client::DeliveryStore;
use super::statements::{Part, Statement};
use crate::ingest::follow::decode;
use crate::metrics::Metrics;
use crate::model::record::Record;

const GROUP: &str = "code-delivery-history";
const SERVICE: &str = "gateway";
const TOPICS: [Topic; 4] = [Topic::Plan, Topic::State, Topic::Catalogue, Topic::Erased];
const FLUSH_EVERY: Duration = Duration::from_secs(1);
const COMMAND_LIMIT: Duration = Duration::from_secs(30);
const FIRST_RETRY: Duration = Duration::from_secs(1);
const LAST_RETRY: Duration = Duration::from_secs(30);

/// Runs the writer forever.
///
/// # Errors
/// When Kafka's client refuses its settings.
pub(crate) async fn run(
    kafka: KafkaConfig,
    store: Arc<DeliveryStore>,
    metrics: Metrics,
) -> Result<(), ConnectionError> {
    let consumer = consumer(&kafka)?;
    let names: Vec<String> = TOPICS.iter().map(|topic| kafka.topic(*topic)).collect();
    consumer.subscribe(&names.iter().map(String::as_str).collect::<Vec<_>>())?;
    let mut settings = writer::settings(&kafka, "code-delivery-gateway-history")?;
    let producer = revival::open(settings.set("message.timeout.ms", "30000"), Context)?;
    let mut writer =
        Writer { kafka, consumer, producer, store, metrics, gathering: Batch::default(), flushed: Instant::now() };
    writer.gather_until_prepared().await;
    loop {
        writer.gather_some().await;
        let batch = std::mem::take(&mut writer.gathering);
        writer.write(batch).await;
    }
}

fn consumer(kafka: &KafkaConfig) -> Result<Arc<StreamConsumer<Context>>, ConnectionError> {
    let mut settings = kafka.client("code-delivery-gateway-history")?;
    settings
        .set("group.id", kafka.group(GROUP))
        .set("enable.auto.commit", "false")
        .set("enable.auto.offset.store", "false")
        .set("auto.offset.reset", "earliest")
        .set("isolation.level", "read_committed")
        .set("partition.assignment.strategy", "cooperative-sticky")
        // Topics that the operator has yet to create are discovered soon.
        .set("topic.metadata.refresh.interval.ms", "10000")
        .set("queued.max.messages.kbytes", "8192");
    Ok(revival::open(&settings, Context)?)
}

struct Writer {
    kafka: KafkaConfig,
    consumer: Arc<StreamConsumer<Context>>,
    producer: Arc<FutureProducer<Context>>,
    store: Arc<DeliveryStore>,
    metrics: Metrics,
    gathering: Batch,
    flushed: Instant,
}

impl Writer {
    async fn gather_until_prepared(&mut self) {
        let store = Arc::clone(&self.store);
        let mut pause = FIRST_RETRY;
        while let Err(error) = self.gather_while(store.prepare()).await {
            tracing::warn!(%error, "Cannot create the MongoDB indexes yet; retrying.");
            self.gather_while(sleep(pause)).await;
            pause = (pause * 2).min(LAST_RETRY);
        }
    }

    /// Waits for a record, then gathers more until the next flush is due.
    async fn gather_some(&mut self) {
        while self.gathering.is_empty() {
            let received = self.consumer.recv().await;
            take(&mut self.gathering, &self.kafka, &self.metrics, received);
        }
        self.gather_while(sleep_until(self.flushed + FLUSH_EVERY)).await;
    }

    /// Keeps reading, as far as there is room, until `other` completes.
    async fn gather_while<T>(&mut self, other: impl Future<Output = T>) -> T {
        let mut other = pin!(other);
        loop {
            tokio::select! {
                done = &mut other => return done,
                received = self.consumer.recv(), if !self.gathering.is_full() => {
                    take(&mut self.gathering, &self.kafka, &self.metrics, received);
                }
            }
        }
    }

    async fn write(&mut self, mut batch: Batch) {
        for letter in batch.dead_letters() {
            self.send_dead_letter(letter).await;
        }
        for (part, records) in batch.chunks() {
            self.gather_while(sleep_until(self.flushed + FLUSH_EVERY)).await;
            self.write_chunk(part, &records).await;
            self.flushed = Instant::now();
        }
        self.commit(&batch);
    }

    /// Writes a chunk, retrying as long as `MongoDB` is away.
    async fn write_chunk(&mut self, part: Part, records: &[Record]) {
        let statements: Vec<_> = records.iter().filter_map(Statement::of).collect();
        let collection = part.collection();
        let mut pause = FIRST_RETRY;
        loop {
            let store = Arc::clone(&self.store);
            match self.gather_while(timeout(COMMAND_LIMIT, store.write(collection, &statements))).await {
                Ok(Ok(written)) => {
                    self.metrics.store_written("written", written.written);
                    self.metrics.store_written("older", written.older);
                    self.metrics.store_written("refused", written.refused);
                    return;
                }
                Ok(Err(error)) => tracing::warn!(%error, collection, "A write to MongoDB failed; retrying."),
                Err(_) => tracing::warn!(collection, "A write to MongoDB timed out; retrying."),
            }
            self.metrics.store_written("retried", 1);
            self.gather_while(sleep(pause)).await;
            pause = (pause * 2).min(LAST_RETRY);
        }
    }

    /// Sends a dead letter, retrying as long as Kafka is away.
    async fn send_dead_letter(&self, letter: &DeadLetterRecord) {
        let topic = self.kafka.topic(Topic::DeadLetters);
        loop {
            match letter.send(&self.producer, &topic, Timeout::Never).await {
                Ok(()) => return,
                Err(error) => {
                    tracing::warn!(%error, key = letter.key, "A dead letter could not be sent to Kafka; retrying.");
                }
            }
            sleep(FIRST_RETRY).await;
        }
    }

    /// Commits the batch's offsets. If a partition has moved to another replica, that one reads the batch again.
    fn commit(&self, batch: &Batch) {
        let mut list = TopicPartitionList::with_capacity(batch.offsets().len());
        for ((topic, partition), next) in batch.offsets() {
            if let Err(error) = list.add_partition_offset(topic, *partition, Offset::Offset(*next)) {
                tracing::error!(%error, topic, "Cannot commit an offset.");
            }
        }
        if let Err(error) = self.consumer.commit(&list, CommitMode::Async) {
            tracing::warn!(%error, "Cannot commit the offsets; part of the batch will be read again.");
        }
    }
}

/// Adds a received record to the batch.
fn take(batch: &mut Batch, kafka: &KafkaConfig, metrics: &Metrics, received: Result<BorrowedMessage<'_>, KafkaError>) {
    let message = match received {
        Ok(message) => message,
        // The client retries by itself. A pause here would add up, because the errors of an unavailable broker pile up.
        Err(error) => {
            tracing::debug!(%error, "Kafka is not available; the client retries.");
            return;
        }
    };
    let Some(topic) = kafka.topics().topic(message.topic()) else { return };
    match decode(topic, &message) {
        Ok(record) => {
            if let Some(record) = record {
                batch.put(record);
            }
        }
        Err(error) => {
            metrics.store_written("dead-letter", 1);
            let letter = DeadLetter {
                topic: message.topic(),
                partition: message.partition(),
                offset: message.offset(),
                value: message.payload().unwrap_or_default(),
                reason: error.reason(),
                message: error.to_string().into(),
                service: SERVICE,
                request_id: None,
            };
            batch.push_dead_letter(DeadLetterRecord::from(&letter));
        }
    }
    batch.reached(message.topic(), message.partition(), message.offset());
}
