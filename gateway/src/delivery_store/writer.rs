//! Writes plans, states, routes and erasures to `MongoDB`. All replicas share a consumer group, so each record is written once.
//!
//! Records are gathered into batches, the newest of each part of a document. A batch is written in chunks, at most one
//! a second, and only then committed to Kafka; so a crash repeats a part of a batch, which the guards of
//! [`super::statements`] make harmless. While `MongoDB` is away, the writer retries and keeps gathering. As the one
//! consumer-group reader of these topics it also sends what it cannot understand to `dead-letters`.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use delivery_kafka::connect::context::Context;
use delivery_kafka::consume::lag;
use delivery_kafka::{ConnectionError, DeadLetterProducer, DeadLetterRecord, GroupConsumer, KafkaConfig};
use delivery_messages::{DeadLetter, Topic};
use delivery_observability::Heartbeat;
use rdkafka::consumer::Consumer;
use rdkafka::error::KafkaError;
use rdkafka::message::{BorrowedMessage, Message};
use tokio::time::{Instant, sleep, sleep_until, timeout};

use super::batch::{Batch, fits};
use super::client::DeliveryStore;
use super::statements::{Part, Statement};
use crate::ingest::batch::decode;
use crate::metrics::Metrics;
use crate::model::record::{BadRecord, Record};

const GROUP: &str = "code-delivery-history";
const SERVICE: &str = "gateway";
const TOPICS: [Topic; 4] = [Topic::Plan, Topic::State, Topic::Catalogue, Topic::Erased];
const FLUSH_EVERY: Duration = Duration::from_secs(1);
const COMMAND_LIMIT: Duration = Duration::from_secs(30);
/// How long one attempt to write a chunk may take before the process is not ready.
pub(crate) const ROUND: Duration = Duration::from_mins(2);
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
    heartbeat: Heartbeat,
) -> Result<(), ConnectionError> {
    let consumer = Arc::new(consumer(&kafka)?);
    let names: Vec<String> = TOPICS.iter().map(|topic| kafka.topic(*topic)).collect();
    consumer.subscribe(&names.iter().map(String::as_str).collect::<Vec<_>>())?;
    let topic = kafka.topic(Topic::DeadLetters);
    let dead_letters = DeadLetterProducer::open(&kafka, "code-delivery-gateway-history", topic)?;
    let (measured, counted, group, topics) =
        (Arc::clone(&consumer), metrics.clone(), kafka.group(GROUP), kafka.topics());
    let measured = lag::watch(measured.client(), |topic, records| {
        if let Some(topic) = topics.topic(topic) {
            counted.group_lag(&group, topic, records);
        }
    });
    let (gathering, flushed) = (Batch::default(), Instant::now());
    let writer = Writer { kafka, consumer, dead_letters, store, metrics, heartbeat, gathering, flushed };
    tokio::select! {
        () = measured => {}
        () = Box::pin(writer.run()) => {}
    }
    Ok(())
}

fn consumer(kafka: &KafkaConfig) -> Result<GroupConsumer<Context>, ConnectionError> {
    let mut settings = kafka.client("code-delivery-gateway-history")?;
    settings
        .set("group.id", kafka.group(GROUP))
        .set("auto.offset.reset", "earliest")
        .set("isolation.level", "read_committed")
        .set("partition.assignment.strategy", "cooperative-sticky")
        // Topics that the operator has yet to create are discovered soon.
        .set("topic.metadata.refresh.interval.ms", "10000")
        .set("queued.max.messages.kbytes", "8192");
    Ok(GroupConsumer::open(&settings, Context)?)
}

struct Writer {
    kafka: KafkaConfig,
    consumer: Arc<GroupConsumer<Context>>,
    dead_letters: DeadLetterProducer,
    store: Arc<DeliveryStore>,
    metrics: Metrics,
    /// The sign of life of the writer.
    heartbeat: Heartbeat,
    gathering: Batch,
    flushed: Instant,
}

impl Writer {
    /// Gathers and writes forever.
    async fn run(mut self) {
        self.gather_until_prepared().await;
        loop {
            self.gather_some().await;
            let batch = std::mem::take(&mut self.gathering);
            self.write(batch).await;
        }
    }

    async fn gather_until_prepared(&mut self) {
        let store = Arc::clone(&self.store);
        let mut pause = FIRST_RETRY;
        while let Err(error) = self.gather_while(store.prepare()).await {
            tracing::warn!(%error, "Cannot prepare MongoDB yet; retrying.");
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
            self.dead_letters.insist(letter).await;
        }
        for (part, records) in batch.chunks() {
            self.gather_while(sleep_until(self.flushed + FLUSH_EVERY)).await;
            self.write_chunk(part, &records).await;
            self.flushed = Instant::now();
        }
        self.consumer.commit_next(batch.offsets());
    }

    /// Writes a chunk, retrying as long as `MongoDB` is away.
    async fn write_chunk(&mut self, part: Part, records: &[Record]) {
        let statements: Vec<_> = records.iter().filter_map(Statement::of).collect();
        let collection = part.collection();
        let mut pause = FIRST_RETRY;
        loop {
            let (store, heartbeat) = (Arc::clone(&self.store), self.heartbeat.clone());
            let write = heartbeat.during(timeout(COMMAND_LIMIT, Box::pin(store.write(collection, &statements))));
            match self.gather_while(write).await {
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
    let fits = fits(topic, message.key(), message.payload()).map_err(BadRecord::from);
    match fits.and_then(|()| decode(topic, &message)) {
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
