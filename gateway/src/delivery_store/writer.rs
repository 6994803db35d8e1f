//! Writes plans, states, routes and what is erased to `MongoDB`, once for all replicas: they share a consumer group.
//!
//! What was read is gathered into rounds, the newest of each. A round is written in pieces, at most one a second, and only
//! then committed to Kafka; so a crash repeats a part of a round, which the guards of [`super::statements`] make harmless. As
//! long as `MongoDB` is away the writer tries again, and gathers on. As these topics' one grouped reader it also sends what it
//! cannot understand to `dead-letters`.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use delivery_kafka::context::Context;
use delivery_kafka::{ConnectionError, KafkaConfig, revival, writer};
use delivery_messages::{DeadLetter, Topic};
use rdkafka::consumer::{CommitMode, Consumer, StreamConsumer};
use rdkafka::error::KafkaError;
use rdkafka::message::{BorrowedMessage, Header, Message};
use rdkafka::producer::{FutureProducer, FutureRecord};
use rdkafka::util::Timeout;
use rdkafka::{Offset, TopicPartitionList};
use tokio::time::{Instant, sleep, sleep_until, timeout};

use super::reader::History;
use super::round::{BadLetter, Round};
use super::statements::{Half, Statement};
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

/// Writes the history for ever.
///
/// # Errors
/// When Kafka's client refuses its settings.
pub async fn run(kafka: KafkaConfig, history: Arc<History>, metrics: Metrics) -> Result<(), ConnectionError> {
    let consumer = consumer(&kafka)?;
    let names: Vec<String> = TOPICS.iter().map(|topic| kafka.topic(*topic)).collect();
    consumer.subscribe(&names.iter().map(String::as_str).collect::<Vec<_>>())?;
    let mut settings = writer::settings(&kafka, "code-delivery-gateway-history")?;
    let producer = revival::open(settings.set("message.timeout.ms", "30000"), Context)?;
    let mut writer =
        Writer { kafka, consumer, producer, history, metrics, gathering: Round::default(), flushed: Instant::now() };
    writer.gather_until_prepared().await;
    loop {
        writer.gather_some().await;
        let round = std::mem::take(&mut writer.gathering);
        writer.write(round).await;
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
        // Topics that the operator has yet to create are found soon.
        .set("topic.metadata.refresh.interval.ms", "10000")
        .set("queued.max.messages.kbytes", "8192");
    Ok(revival::open(&settings, Context)?)
}

struct Writer {
    kafka: KafkaConfig,
    consumer: Arc<StreamConsumer<Context>>,
    producer: Arc<FutureProducer<Context>>,
    history: Arc<History>,
    metrics: Metrics,
    gathering: Round,
    flushed: Instant,
}

impl Writer {
    async fn gather_until_prepared(&mut self) {
        let history = Arc::clone(&self.history);
        let mut pause = FIRST_RETRY;
        while let Err(error) = self.gather_while(history.prepare()).await {
            tracing::warn!(%error, "The history's index cannot be made yet.");
            self.gather_while(sleep(pause)).await;
            pause = (pause * 2).min(LAST_RETRY);
        }
    }

    /// Waits until there is something, and then for more until the next flush is due.
    async fn gather_some(&mut self) {
        while self.gathering.is_empty() {
            let received = self.consumer.recv().await;
            take(&mut self.gathering, &self.kafka, &self.metrics, received);
        }
        self.gather_while(sleep_until(self.flushed + FLUSH_EVERY)).await;
    }

    /// Reads on, as far as there is room, until `other` is done.
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

    async fn write(&mut self, mut round: Round) {
        for letter in round.letters() {
            self.send_letter(letter).await;
        }
        for (half, records) in round.pieces() {
            self.gather_while(sleep_until(self.flushed + FLUSH_EVERY)).await;
            self.write_piece(half, &records).await;
            self.flushed = Instant::now();
        }
        self.commit(&round);
    }

    /// Writes a piece, however long `MongoDB` is away.
    async fn write_piece(&mut self, half: Half, records: &[Record]) {
        let statements: Vec<_> = records.iter().filter_map(Statement::of).collect();
        let collection = half.collection();
        let mut pause = FIRST_RETRY;
        loop {
            let history = Arc::clone(&self.history);
            match self.gather_while(timeout(COMMAND_LIMIT, history.write(collection, &statements))).await {
                Ok(Ok(written)) => {
                    self.metrics.history("written", written.written);
                    self.metrics.history("older", written.older);
                    self.metrics.history("refused", written.refused);
                    return;
                }
                Ok(Err(error)) => tracing::warn!(%error, collection, "The history waits for MongoDB."),
                Err(_) => tracing::warn!(collection, "The history waits for MongoDB, which did not answer in time."),
            }
            self.metrics.history("retried", 1);
            self.gather_while(sleep(pause)).await;
            pause = (pause * 2).min(LAST_RETRY);
        }
    }

    /// Sends a dead letter, however long Kafka is away.
    async fn send_letter(&self, letter: &BadLetter) {
        let topic = self.kafka.topic(Topic::DeadLetters);
        loop {
            let headers = letter.headers.iter().fold(rdkafka::message::OwnedHeaders::new(), |all, (key, value)| {
                all.insert(Header { key, value: Some(value) })
            });
            let record = FutureRecord::to(&topic).key(&letter.key).payload(&letter.value).headers(headers);
            match self.producer.send(record, Timeout::Never).await {
                Ok(_) => return,
                Err((error, _)) => tracing::warn!(%error, key = letter.key, "A dead letter waits for Kafka."),
            }
            sleep(FIRST_RETRY).await;
        }
    }

    /// What cannot be committed, because the partition has gone to another replica, is read there again.
    fn commit(&self, round: &Round) {
        let mut list = TopicPartitionList::with_capacity(round.offsets().len());
        for ((topic, partition), next) in round.offsets() {
            if let Err(error) = list.add_partition_offset(topic, *partition, Offset::Offset(*next)) {
                tracing::error!(%error, topic, "An offset cannot be committed.");
            }
        }
        if let Err(error) = self.consumer.commit(&list, CommitMode::Async) {
            tracing::warn!(%error, "The history's place in Kafka could not be committed; a part will be read again.");
        }
    }
}

/// Takes what Kafka's client brings into the round.
fn take(round: &mut Round, kafka: &KafkaConfig, metrics: &Metrics, received: Result<BorrowedMessage<'_>, KafkaError>) {
    let message = match received {
        Ok(message) => message,
        // Kafka's client tries again by itself. To pause here would be to pause once for each of the errors that pile up while
        // the broker is away.
        Err(error) => {
            tracing::debug!(%error, "The history waits for Kafka.");
            return;
        }
    };
    let Some(topic) = kafka.topics().topic(message.topic()) else { return };
    match decode(topic, &message) {
        Ok(record) => {
            if let Some(record) = record {
                round.put(record);
            }
        }
        Err(error) => {
            metrics.history("dead-letter", 1);
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
            round.give_up(BadLetter { key: letter.key(), value: letter.kept().to_vec(), headers: letter.headers() });
        }
    }
    round.reached(message.topic(), message.partition(), message.offset());
}
