//! Writes to Kafka, and hears which records are there.
//!
//! The client's own thread collects what Kafka has answered; whoever drives takes it in one go. Nothing is retried here:
//! the client never gives a record up by itself, and when one fails for good, its producer is of no further use.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use delivery_kafka::{ConnectionError, KafkaConfig, revival, writer};
use delivery_messages::Topic;
use delivery_observability::Health;
use rdkafka::ClientContext;
use rdkafka::client::Client;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::{DeliveryResult, Message as _};
use rdkafka::producer::{BaseRecord, Producer as _, ProducerContext, ThreadedProducer};
use tokio::sync::Notify;

use crate::fleet::{Sent, WINDOW};
use crate::records::Message;

const PURPOSE: &str = "code-delivery-simulator";

/// The name of the dependency in the process's health.
pub const DEPENDENCY: &str = "kafka";

/// What Kafka answered for one record.
#[derive(Debug)]
pub struct Report {
    /// The record.
    pub sent: Sent,
    /// Its partition, and its offset if the broker told; or why it is not in the log for certain.
    pub outcome: Result<(i32, Option<i64>), KafkaError>,
}

/// What became of a record that was handed over.
#[derive(Debug, PartialEq)]
pub enum Handed {
    /// It is on its way.
    Over,
    /// The client has no room; try again after the next answer.
    NoRoom(Sent),
    /// The producer can be used no more.
    Broken(KafkaError),
}

/// A producer of positions and states.
pub struct Writer {
    producer: Arc<ThreadedProducer<Context>>,
    inbox: Arc<Inbox>,
    positions: String,
    states: String,
}

#[derive(Default)]
struct Inbox {
    reports: Mutex<Vec<Report>>,
    arrived: Notify,
}

struct Context {
    inbox: Arc<Inbox>,
    health: Health,
    /// Whether it has been said that Kafka does not serve; the client itself says so again and again.
    away: AtomicBool,
}

impl ClientContext for Context {
    fn error(&self, error: KafkaError, reason: &str) {
        revival::heed(&error);
        if !self.away.swap(true, Ordering::Relaxed) {
            tracing::warn!(%error, reason, "Kafka does not serve; what is due meanwhile will be written when it does.");
        }
        self.health.dependency(DEPENDENCY, Some(reason.to_owned()));
    }

    fn log(&self, level: RDKafkaLogLevel, facility: &str, message: &str) {
        tracing::debug!(?level, facility, message, "Kafka's client says something.");
    }
}

impl ProducerContext for Context {
    type DeliveryOpaque = Box<Sent>;

    fn delivery(&self, result: &DeliveryResult<'_>, sent: Self::DeliveryOpaque) {
        let outcome = match result {
            Ok(record) => {
                if self.away.swap(false, Ordering::Relaxed) {
                    tracing::info!("Kafka serves again.");
                }
                Ok((record.partition(), Some(record.offset()).filter(|offset| *offset >= 0)))
            }
            Err((error, _)) => Err(error.clone()),
        };
        self.inbox.reports.lock().unwrap_or_else(PoisonError::into_inner).push(Report { sent: *sent, outcome });
        self.inbox.arrived.notify_one();
    }
}

impl Writer {
    /// Makes a producer.
    ///
    /// # Errors
    /// When the settings of the connection cannot be used.
    pub fn open(config: &KafkaConfig, health: &Health) -> Result<Self, ConnectionError> {
        let inbox = Arc::new(Inbox::default());
        let context = Context { inbox: Arc::clone(&inbox), health: health.clone(), away: AtomicBool::default() };
        let mut settings = writer::settings(config, PURPOSE)?;
        // More never is on the way; the client's own queue is no place to keep what can be computed.
        settings.set("queue.buffering.max.messages", (2 * WINDOW).to_string());
        if settings.get("socket.timeout.ms").is_none() {
            // A broker that hangs is left sooner than after the client's own minute.
            settings.set("socket.timeout.ms", "10000");
        }
        let producer = revival::open(&settings, context)?;
        Ok(Self { producer, inbox, positions: config.topic(Topic::NewPosition), states: config.topic(Topic::State) })
    }

    /// Hands a record over to the client, with the trace that it belongs to. Its answer will be among
    /// [`Writer::reports`].
    ///
    /// # Errors
    /// When the message cannot be written as JSON, which none can.
    pub fn hand_over(
        &self,
        sent: Sent,
        message: &Message,
        traceparent: Option<&str>,
    ) -> Result<Handed, serde_json::Error> {
        let value = message.value()?;
        let topic = match message {
            Message::Position(_) => &self.positions,
            Message::State(_) => &self.states,
        };
        let record = BaseRecord::with_opaque_to(topic, Box::new(sent))
            .key(message.key())
            .payload(&value)
            .headers(writer::traced(traceparent));
        Ok(match self.producer.send(record) {
            Ok(()) => Handed::Over,
            Err((KafkaError::MessageProduction(RDKafkaErrorCode::QueueFull), record)) => {
                Handed::NoRoom(*record.delivery_opaque)
            }
            Err((error, _)) => Handed::Broken(error),
        })
    }

    /// Waits until there are reports that have not been taken.
    pub async fn reported(&self) {
        self.inbox.arrived.notified().await;
    }

    /// Takes the reports that have arrived, oldest first.
    #[must_use]
    pub fn reports(&self) -> Vec<Report> {
        std::mem::take(&mut *self.inbox.reports.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// The number of partitions of a topic; `None` while Kafka has no such topic.
    ///
    /// # Errors
    /// When Kafka does not answer in time, or refuses to tell.
    pub async fn partitions(&self, topic: Topic, patience: Duration) -> Result<Option<i32>, KafkaError> {
        let name = match topic {
            Topic::State => self.states.clone(),
            _ => self.positions.clone(),
        };
        let metadata = self.ask(move |client| client.fetch_metadata(Some(&name), patience)).await?;
        let found = metadata.topics().iter().find(|found| found.error().is_none());
        Ok(found.and_then(|found| i32::try_from(found.partitions().len()).ok()).filter(|count| *count > 0))
    }

    /// The offset that the next record in a partition of `route.new-position` will have or be above.
    ///
    /// # Errors
    /// When Kafka does not answer in time, or refuses to tell.
    pub async fn end(&self, partition: i32, patience: Duration) -> Result<i64, KafkaError> {
        let topic = self.positions.clone();
        self.ask(move |client| client.fetch_watermarks(&topic, partition, patience)).await.map(|(_, high)| high)
    }

    /// Asks Kafka something that holds a thread up until it answers.
    async fn ask<T: Send + 'static>(
        &self,
        question: impl FnOnce(&Client<Context>) -> Result<T, KafkaError> + Send + 'static,
    ) -> Result<T, KafkaError> {
        let producer = Arc::clone(&self.producer);
        tokio::task::spawn_blocking(move || question(producer.client())).await.unwrap_or(Err(KafkaError::Canceled))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::time::Instant;

    /// The names of this process's threads; Linux cuts them to 15 bytes.
    fn threads() -> Vec<String> {
        let tasks = fs::read_dir("/proc/self/task").unwrap();
        tasks.filter_map(|task| fs::read_to_string(task.ok()?.path().join("comm")).ok()).collect()
    }

    #[test]
    fn a_producer_that_has_lost_every_broker_is_seen_to() {
        let config = KafkaConfig {
            bootstrap_servers: "127.0.0.1:1".to_owned(),
            topic_prefix: String::new(),
            group_prefix: String::new(),
            properties_directory: None,
        };
        let _writer = Writer::open(&config, &Health::default()).unwrap();
        let begun = Instant::now();
        while !threads().iter().any(|name| name.trim() == "kafka-revival") {
            assert!(begun.elapsed() < Duration::from_secs(20), "nobody sees to it: {:?}", threads());
            std::thread::sleep(Duration::from_millis(50));
        }
    }
}
