//! Tells everybody that an invoice was issued: the topic `invoice.issued`.
//!
//! A message is in the store's outbox from before its invoice exists until Kafka has acknowledged it, so it comes at least once. The replica that
//! issued publishes at once; whatever is left after a while, because a replica was killed or Kafka was away, any replica publishes. Imports
//! `metrics`, `clock` and `store`.

use std::sync::Arc;
use std::time::Duration;

use delivery_kafka::connect::context::Context;
use delivery_kafka::connect::revival;
use delivery_kafka::write::writer;
use delivery_kafka::{ConnectionError, KafkaConfig};
use delivery_messages::{Millis, Topic, encode};
use delivery_observability::Heartbeat;
use rdkafka::producer::future_producer::DeliveryFuture;
use rdkafka::producer::{FutureProducer, FutureRecord, Producer};
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep, timeout_at};

use crate::clock;
use crate::metrics::Metrics;
use crate::store::{Outgoing, Store};

/// How many batches of messages may wait to be published; what finds no room is published with the leftovers.
pub(crate) const QUEUE: usize = 64;
/// How often to look for leftovers.
const SWEEP: Duration = Duration::from_secs(5);
/// From what age a message is a leftover: well after the replica that issued has published it.
const LEFT_OVER: Millis = 15_000;
/// The maximum number of messages that are published at once.
const BATCH: usize = 100;
/// How long Kafka may take to acknowledge a message.
const LIMIT_MILLISECONDS: &str = "10000";
/// How long a round may take before the process is not ready.
pub(crate) const ROUND: Duration = Duration::from_mins(2);

/// Publishes messages.
pub(crate) struct Publisher<S> {
    kafka: KafkaConfig,
    producer: Arc<FutureProducer<Context>>,
    store: Arc<S>,
    metrics: Metrics,
}

impl<S: Store> Publisher<S> {
    /// A publisher with a producer of its own.
    ///
    /// # Errors
    /// When the settings cannot be used.
    pub(crate) fn new(kafka: KafkaConfig, store: Arc<S>, metrics: Metrics) -> Result<Self, ConnectionError> {
        let producer = producer(&kafka)?;
        Ok(Self { kafka, producer, store, metrics })
    }

    /// The producer, to ask Kafka whether it is there.
    pub(crate) fn producer(&self) -> Arc<FutureProducer<Context>> {
        Arc::clone(&self.producer)
    }

    /// Publishes forever what was issued here, and leftovers.
    pub(crate) async fn run(mut self, mut issued: mpsc::Receiver<Vec<Outgoing>>, heartbeat: Heartbeat) {
        let mut swept = Instant::now();
        loop {
            let here = timeout_at(swept + SWEEP, issued.recv()).await;
            let round = async {
                if let Ok(Some(messages)) = &here {
                    self.publish(messages).await;
                }
                if swept.elapsed() >= SWEEP {
                    self.sweep().await;
                    swept = Instant::now();
                }
            };
            heartbeat.during(round).await;
            if matches!(here, Ok(None)) {
                // Nobody issues any more: the process ends.
                sleep(SWEEP).await;
            }
        }
    }

    /// Publishes leftovers, until there are none or Kafka does not take them.
    async fn sweep(&mut self) {
        loop {
            match self.store.unpublished(clock::now() - LEFT_OVER, BATCH).await {
                Ok(messages) if messages.is_empty() => return,
                Ok(messages) => {
                    if !self.publish(&messages).await {
                        return;
                    }
                }
                Err(error) => {
                    tracing::debug!(%error, "Cannot look for messages that are to be published; retrying.");
                    return;
                }
            }
        }
    }

    /// Publishes messages in their order; whether all of them were, and noted.
    async fn publish(&mut self, messages: &[Outgoing]) -> bool {
        let topic = self.kafka.topic(Topic::InvoiceIssued);
        // All are in the producer's queue, in their order, before the first acknowledgement is waited for.
        let queued: Vec<Option<DeliveryFuture>> =
            messages.iter().map(|message| queue(&self.producer, &topic, message)).collect();
        let mut acknowledged = Vec::with_capacity(messages.len());
        for (message, delivery) in messages.iter().zip(queued) {
            let Some(delivery) = delivery else { continue };
            match delivery.await {
                Ok(Ok(_)) => acknowledged.push(message.id.clone()),
                Ok(Err((error, _))) => tracing::warn!(%error, "Kafka did not take a message; it is sent again later."),
                Err(_) => {}
            }
        }
        self.metrics.published(acknowledged.len());
        if acknowledged.len() < messages.len() {
            self.renew();
        }
        if let Err(error) = self.store.published(&acknowledged).await {
            tracing::warn!(%error, "Messages were published, but that is not noted; they are published again later.");
            return false;
        }
        acknowledged.len() == messages.len()
    }

    /// Replaces a producer after a fatal error, after which it cannot send.
    fn renew(&mut self) {
        let Some((code, message)) = self.producer.client().fatal_error() else { return };
        tracing::error!(?code, message, "The Kafka producer failed; replacing it.");
        match producer(&self.kafka) {
            Ok(new) => self.producer = new,
            Err(error) => tracing::error!(%error, "Cannot replace the Kafka producer."),
        }
    }
}

/// Puts a message into the producer's queue, if there is room.
fn queue(producer: &FutureProducer<Context>, topic: &str, outgoing: &Outgoing) -> Option<DeliveryFuture> {
    let value = encode(&outgoing.message).ok()?;
    let headers = writer::traced(outgoing.traceparent.as_deref());
    let record = FutureRecord::to(topic).key(&outgoing.message.customer_id).payload(&value).headers(headers);
    producer.send_result(record).ok()
}

fn producer(kafka: &KafkaConfig) -> Result<Arc<FutureProducer<Context>>, ConnectionError> {
    let mut settings = writer::settings(kafka, "code-delivery-invoices")?;
    Ok(revival::open(settings.set("message.timeout.ms", LIMIT_MILLISECONDS), Context)?)
}
