//! Writes to Kafka, and collects its delivery reports.
//!
//! The client's own thread collects the reports; the loop takes all that have arrived at once. Nothing is retried here: the client
//! never gives up on a record by itself, and when one fails for good, so has its producer.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use delivery_kafka::connect::revival;
use delivery_kafka::write::writer;
use delivery_kafka::{ConnectionError, KafkaConfig};
use delivery_messages::Topic;
use delivery_observability::Health;
use delivery_observability::locks::lock;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::{DeliveryResult, Message as _};
use rdkafka::producer::{BaseRecord, ProducerContext, ThreadedProducer};
use rdkafka::{ClientConfig, ClientContext};
use tokio::sync::Notify;

use crate::delivery::records::Message;
use crate::vehicles::fleet::{Sent, WINDOW};

const PURPOSE: &str = "code-delivery-simulator";

/// The name of the dependency in the process's health.
pub(crate) const DEPENDENCY: &str = "kafka";

/// Kafka's delivery report on one record.
#[derive(Debug)]
pub(crate) struct Report {
    pub(crate) sent: Sent,
    /// How long Kafka took for it.
    pub(crate) took: Duration,
    /// Its partition, and its offset if the broker names it; or why it may not be in the log.
    pub(crate) outcome: Result<(i32, Option<i64>), KafkaError>,
}

/// A record in flight, and since when.
pub(crate) struct InFlight {
    sent: Sent,
    since: Instant,
}

/// What happened to a record that was to be sent.
#[derive(Debug, PartialEq)]
pub(crate) enum SendOutcome {
    /// It is in flight; a report will follow.
    Enqueued,
    /// The client's queue is full; try again after the next report.
    QueueFull(Sent),
    /// The producer cannot be used any more.
    Failed(KafkaError),
}

/// A producer of positions and states.
pub(crate) struct Writer {
    producer: Arc<ThreadedProducer<Context>>,
    inbox: Arc<Inbox>,
    /// Full names of topics.
    positions: String,
    states: String,
}

#[derive(Default)]
struct Inbox {
    reports: Mutex<Vec<Report>>,
    arrived: Notify,
}

pub(crate) struct Context {
    inbox: Arc<Inbox>,
    health: Health,
    /// Whether Kafka's absence has been logged; the client itself reports it over and over.
    is_away: AtomicBool,
}

impl ClientContext for Context {
    fn error(&self, error: KafkaError, reason: &str) {
        revival::on_error(&error);
        if !self.is_away.swap(true, Ordering::Relaxed) {
            tracing::warn!(%error, reason, "Kafka is unavailable; records that fall due meanwhile are sent once it is back.");
        }
        self.health.dependency(DEPENDENCY, Some(reason.to_owned()));
    }

    fn log(&self, level: RDKafkaLogLevel, facility: &str, message: &str) {
        tracing::debug!(?level, facility, message, "Kafka client log");
    }
}

impl ProducerContext for Context {
    type DeliveryOpaque = Box<InFlight>;

    fn delivery(&self, result: &DeliveryResult<'_>, in_flight: Self::DeliveryOpaque) {
        let outcome = match result {
            Ok(record) => {
                if self.is_away.swap(false, Ordering::Relaxed) {
                    tracing::info!("Kafka is available again.");
                }
                Ok((record.partition(), Some(record.offset()).filter(|offset| *offset >= 0)))
            }
            Err((error, _)) => Err(error.clone()),
        };
        let InFlight { sent, since } = *in_flight;
        lock(&self.inbox.reports).push(Report { sent, took: since.elapsed(), outcome });
        self.inbox.arrived.notify_one();
    }
}

impl Writer {
    /// A writer for so many deliveries.
    pub(crate) fn open(config: &KafkaConfig, health: &Health, deliveries: usize) -> Result<Self, ConnectionError> {
        let inbox = Arc::new(Inbox::default());
        let context = Context { inbox: Arc::clone(&inbox), health: health.clone(), is_away: AtomicBool::default() };
        let producer = revival::open(&settings(config, deliveries)?, context)?;
        Ok(Self { producer, inbox, positions: config.topic(Topic::NewPosition), states: config.topic(Topic::State) })
    }

    /// Sends a record, with the trace that it belongs to. Once it is enqueued, a report on it will be among
    /// [`Writer::take_reports`].
    ///
    /// # Errors
    /// When the message cannot be written as JSON, which never happens.
    pub(crate) fn send(
        &self,
        sent: Sent,
        message: &Message,
        traceparent: Option<&str>,
    ) -> Result<SendOutcome, serde_json::Error> {
        let value = message.value()?;
        let topic = match message {
            Message::Position(_) => &self.positions,
            Message::State(_) => &self.states,
        };
        let record = BaseRecord::with_opaque_to(topic, Box::new(InFlight { sent, since: Instant::now() }))
            .key(message.key())
            .payload(&value)
            .headers(writer::traced(traceparent));
        Ok(match self.producer.send(record) {
            Ok(()) => SendOutcome::Enqueued,
            Err((KafkaError::MessageProduction(RDKafkaErrorCode::QueueFull), record)) => {
                SendOutcome::QueueFull(record.delivery_opaque.sent)
            }
            Err((error, _)) => SendOutcome::Failed(error),
        })
    }

    /// Completes when there are reports that have not been taken.
    pub(crate) async fn reported(&self) {
        self.inbox.arrived.notified().await;
    }

    /// Takes the reports that have arrived, oldest first.
    pub(crate) fn take_reports(&self) -> Vec<Report> {
        std::mem::take(&mut *lock(&self.inbox.reports))
    }

    /// The client, to ask it about topics. It may have asked for its producer id at an address that it has left for the broker's own;
    /// it would ask again half a second later, but does so with whatever answer it gets about topics.
    pub(crate) fn client(&self) -> &Arc<ThreadedProducer<Context>> {
        &self.producer
    }
}

fn settings(config: &KafkaConfig, deliveries: usize) -> Result<ClientConfig, ConnectionError> {
    let mut settings = writer::settings(config, PURPOSE)?;
    // There are never more in flight; what can be computed again need not be kept in the client's own queue.
    settings.set("queue.buffering.max.messages", (2 * WINDOW).to_string());
    if deliveries == 1 {
        // Each of its batches is one record, which lz4 makes smaller by a twentieth; for that the writer and every reader of it would
        // fill and empty buffers of a hundred KiB.
        settings.set("compression.type", "none");
    }
    if settings.get("socket.timeout.ms").is_none() {
        // The client's own default is a minute; a broker that hangs is left sooner.
        settings.set("socket.timeout.ms", "10000");
    }
    Ok(settings)
}

#[cfg(test)]
#[path = "tests/producer.rs"]
mod tests;
