//! The consumer: gathers a batch, settles it, commits it.
//!
//! A batch is settled when each of its purchases has an invoice and each of its bad records is in `dead-letters`. While the store or Kafka is
//! away it is tried again, for as long as that takes; the others of the group go on with their partitions.

use std::time::Duration;

use delivery_kafka::connect::context::Context;
use delivery_kafka::consume::{group, lag};
use delivery_kafka::{ConnectionError, DeadLetterProducer, GroupConsumer, KafkaConfig};
use delivery_messages::{TRACEPARENT_HEADER, Topic};
use delivery_observability::{Health, Heartbeat};
use rdkafka::consumer::Consumer;
use rdkafka::error::KafkaError;
use rdkafka::message::{BorrowedMessage, Headers, Message};
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep, timeout_at};

use super::batch::{Batch, Raw};
use crate::clock;
use crate::domain::invoice::Invoice;
use crate::issuing::Issuing;
use crate::metrics::Metrics;
use crate::spans;
use crate::store::{Outgoing, Store};

const GROUP: &str = "code-delivery-invoices";
/// How long to wait for more records once there is one.
const LINGER: Duration = Duration::from_millis(5);
const FIRST_RETRY: Duration = Duration::from_millis(200);
const LAST_RETRY: Duration = Duration::from_secs(5);
/// How long one attempt at a batch may take before the process is not ready.
pub(crate) const ROUND: Duration = Duration::from_mins(2);
/// In `/readyz`.
const DEPENDENCY: &str = "issuing";
pub(crate) const KAFKA: &str = "kafka";

/// What consuming needs.
pub(crate) struct Ingest<S> {
    kafka: KafkaConfig,
    consumer: GroupConsumer<Context>,
    dead_letters: DeadLetterProducer,
    issuing: Issuing<S>,
    /// To the publisher.
    issued: mpsc::Sender<Vec<Outgoing>>,
    /// To the sender of e-mails.
    fresh: mpsc::Sender<Vec<Invoice>>,
    metrics: Metrics,
    health: Health,
}

impl<S: Store> Ingest<S> {
    /// Joins the consumer group.
    ///
    /// # Errors
    /// When the settings cannot be used.
    pub(crate) fn new(
        kafka: KafkaConfig,
        issuing: Issuing<S>,
        (issued, fresh): (mpsc::Sender<Vec<Outgoing>>, mpsc::Sender<Vec<Invoice>>),
        metrics: Metrics,
        health: Health,
    ) -> Result<Self, ConnectionError> {
        let consumer = consumer(&kafka)?;
        consumer.subscribe(&[&kafka.topic(Topic::Purchase)])?;
        let topic = kafka.topic(Topic::DeadLetters);
        let dead_letters = DeadLetterProducer::open(&kafka, "code-delivery-invoices-dead-letters", topic)?;
        Ok(Self { kafka, consumer, dead_letters, issuing, issued, fresh, metrics, health })
    }

    /// Consumes forever, and measures how many purchases wait. `letters` is the sign of life of what writes dead letters: it may wait for Kafka,
    /// but not because that refuses them, for all purchases behind them wait as well.
    pub(crate) async fn run(self, heartbeat: Heartbeat, letters: Heartbeat) {
        let name = self.kafka.group(GROUP);
        let tell = |_: &str, records| self.metrics.group_lag(&name, Topic::Purchase, records);
        tokio::select! {
            () = lag::watch(self.consumer.client(), tell) => {}
            () = Box::pin(self.consume(&heartbeat, &letters)) => {}
        }
    }

    async fn consume(&self, heartbeat: &Heartbeat, letters: &Heartbeat) {
        loop {
            let batch = self.gather().await;
            for (reason, letter) in batch.dead_letters() {
                letters.during(self.dead_letters.insist(letter)).await;
                self.metrics.dead_letter(reason);
            }
            self.metrics.settled("dead-letter", batch.dead_letters().len());
            self.issue(&batch, heartbeat).await;
            // If a partition has moved to another replica, that one reads the batch again, which does no harm.
            self.consumer.commit_next(batch.offsets());
        }
    }

    /// Waits for a record, then takes those that wait behind it.
    async fn gather(&self) -> Batch {
        let mut batch = Batch::default();
        while batch.is_empty() {
            let received = self.consumer.recv().await;
            take(&mut batch, received);
        }
        let end = Instant::now() + LINGER;
        while !batch.is_full() {
            match timeout_at(end, self.consumer.recv()).await {
                Ok(received) => take(&mut batch, received),
                Err(_) => break,
            }
        }
        batch
    }

    /// Issues the invoices of a batch, trying again as long as the store is away.
    async fn issue(&self, batch: &Batch, heartbeat: &Heartbeat) {
        let orders = batch.orders();
        if orders.is_empty() {
            return;
        }
        let (mut pause, mut attempt) = (FIRST_RETRY, 1_u32);
        loop {
            match heartbeat.during(self.issuing.issue(orders, clock::now)).await {
                Ok(invoices) => {
                    self.health.dependency(DEPENDENCY, None);
                    self.metrics.settled("issued", invoices.len());
                    self.metrics.settled("repeated", orders.len().saturating_sub(invoices.len()));
                    self.metrics.batch(u32::try_from(orders.len()).unwrap_or(u32::MAX));
                    for invoice in &invoices {
                        self.metrics.issued(invoice.issued_at - invoice.approved_at);
                        spans::issued(invoice, attempt);
                    }
                    if !invoices.is_empty() {
                        // What finds no room here is published with the leftovers, and sent when the queue is looked at.
                        let _ = self.issued.try_send(invoices.iter().map(Outgoing::of).collect());
                        let _ = self.fresh.try_send(invoices);
                    }
                    return;
                }
                Err(error) => {
                    self.metrics.retried(error.reason());
                    self.health.dependency(DEPENDENCY, Some(error.to_string()));
                    tracing::warn!(%error, purchases = orders.len(), "Cannot issue invoices; retrying.");
                }
            }
            sleep(pause).await;
            pause = (pause * 2).min(LAST_RETRY);
            attempt = attempt.saturating_add(1);
        }
    }
}

fn consumer(kafka: &KafkaConfig) -> Result<GroupConsumer<Context>, ConnectionError> {
    let mut settings = group::settings(kafka, GROUP)?;
    settings.set("partition.assignment.strategy", "cooperative-sticky");
    Ok(GroupConsumer::open(&settings, Context)?)
}

/// Adds a received record to the batch.
fn take(batch: &mut Batch, received: Result<BorrowedMessage<'_>, KafkaError>) {
    let message = match received {
        Ok(message) => message,
        // The client retries by itself. A pause here would add up, because the errors of an unavailable broker pile up.
        Err(error) => {
            tracing::debug!(%error, "Kafka is not available; the client retries.");
            return;
        }
    };
    batch.push(Raw {
        topic: message.topic(),
        partition: message.partition(),
        offset: message.offset(),
        value: message.payload(),
        traceparent: traceparent(&message),
    });
}

/// The trace context in the headers of a record.
fn traceparent<'a>(message: &'a BorrowedMessage<'_>) -> Option<&'a str> {
    let headers = message.headers()?;
    let found = headers.iter().find(|header| header.key == TRACEPARENT_HEADER)?;
    std::str::from_utf8(found.value?).ok()
}
