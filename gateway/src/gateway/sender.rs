//! Sends clients' requests to Kafka: starts to `route.new-direction`, commands to `delivery.command`.
//!
//! A person waits for the reply, so a request that Kafka does not confirm within a time limit is rejected. The outcome
//! of a confirmed one is read from Kafka by the hub, which replies.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use delivery_kafka::connect::context::{Context, why_away};
use delivery_kafka::connect::{revival, statistics};
use delivery_kafka::write::writer;
use delivery_kafka::{ConnectionError, KafkaConfig};
use delivery_messages::{Command, NewDirection, TRACEPARENT_HEADER, Topic, TraceParent, encode};
use delivery_observability::locks::lock;
use delivery_observability::traces::{Kind, NewSpan};
use rdkafka::message::Header;
use rdkafka::producer::{FutureProducer, FutureRecord, Producer};
use rdkafka::util::Timeout;
use tokio::sync::Semaphore;

use crate::metrics::Metrics;
use crate::model::record::Rejection;

/// How long Kafka may take to confirm a request.
const TIME_LIMIT: Duration = Duration::from_secs(5);
/// The maximum number of requests that wait for Kafka's confirmation.
const MAX_IN_FLIGHT: usize = 256;

/// Why a request was not sent.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SendError {
    /// Kafka did not confirm it in time, or refused it.
    #[error("Kafka did not confirm the request within {} seconds, so it may be lost. Try again with the same requestId.", TIME_LIMIT.as_secs())]
    KafkaUnavailable,
    /// Too many requests are already waiting.
    #[error("Too many requests are waiting to be sent. Try again in a few seconds.")]
    Busy,
}

impl SendError {
    /// A stable name for the client and for metrics.
    pub(crate) const fn reason(&self) -> &'static str {
        match self {
            Self::KafkaUnavailable => "KafkaUnavailable",
            Self::Busy => "Busy",
        }
    }

    /// The reply to the client.
    pub(crate) fn rejection(&self, request_id: &str) -> Rejection {
        Rejection { request_id: request_id.to_owned(), reason: self.reason().to_owned(), message: self.to_string() }
    }
}

pub(crate) struct RequestSender {
    kafka: KafkaConfig,
    producer: Mutex<Arc<FutureProducer<Context>>>,
    in_flight: Semaphore,
    metrics: Metrics,
}

impl RequestSender {
    /// A sender with a producer of its own.
    ///
    /// # Errors
    /// When the settings cannot be used.
    pub(crate) fn new(kafka: KafkaConfig, metrics: Metrics) -> Result<Self, ConnectionError> {
        let producer = Mutex::new(producer(&kafka)?);
        Ok(Self { kafka, producer, in_flight: Semaphore::new(MAX_IN_FLIGHT), metrics })
    }

    /// Sends a request to start a delivery. The record has no key: its identity is the request's id. `trace`, which
    /// must have passed [`trace_parent`], is sent as a header; without one a new trace begins here.
    ///
    /// # Errors
    /// When Kafka does not confirm it in time, or too many wait.
    pub(crate) async fn start(&self, request: &NewDirection, trace: Option<&str>) -> Result<(), SendError> {
        let mut span =
            NewSpan { name: "start request", kind: Kind::Server, parent: trace, ..NewSpan::default() }.begin();
        span.text("route.id", &request.route_id);
        span.text("request", request.request_id.as_deref().unwrap_or_default());
        // While traces are recorded, what follows belongs to this span.
        let trace = span.traceparent().or_else(|| trace.map(str::to_owned)).unwrap_or_else(new_trace);
        let sent = self.send(Topic::NewDirection, None, encode(request), Some(&trace)).await;
        span.outcome(&sent);
        self.count("start", sent)
    }

    /// Sends a command to a delivery.
    ///
    /// # Errors
    /// When Kafka does not confirm it in time, or too many wait.
    pub(crate) async fn command(&self, command: &Command) -> Result<(), SendError> {
        let sent = self.send(Topic::Command, Some(&command.delivery_id), encode(command), None).await;
        self.count("command", sent)
    }

    /// Whether Kafka responds. Blocks for at most `limit`.
    ///
    /// # Errors
    /// The error message of the Kafka client.
    pub(crate) fn ping(&self, limit: Duration) -> Result<(), String> {
        let topic = self.kafka.topic(Topic::NewDirection);
        let metadata = self.producer().client().fetch_metadata(Some(&topic), limit);
        metadata.map(drop).map_err(|error| why_away(&error))
    }

    fn count(&self, request: &'static str, sent: Result<(), SendError>) -> Result<(), SendError> {
        self.metrics.request(request, sent.as_ref().err().map_or("sent", SendError::reason));
        sent
    }

    async fn send(
        &self,
        topic: Topic,
        key: Option<&str>,
        value: Result<Vec<u8>, serde_json::Error>,
        trace: Option<&str>,
    ) -> Result<(), SendError> {
        let _permit = self.in_flight.try_acquire().map_err(|_| SendError::Busy)?;
        let value = value.map_err(|_| SendError::KafkaUnavailable)?;
        let name = self.kafka.topic(topic);
        let mut headers = writer::headers();
        if trace.is_some() {
            headers = headers.insert(Header { key: TRACEPARENT_HEADER, value: trace });
        }
        let record = FutureRecord { key, ..FutureRecord::to(&name) }.payload(&value).headers(headers);
        deliver(&self.producer(), record).await.inspect_err(|()| self.renew()).map_err(|()| SendError::KafkaUnavailable)
    }

    fn producer(&self) -> Arc<FutureProducer<Context>> {
        lock(&self.producer).clone()
    }

    /// Replaces a producer after a fatal error, after which it cannot send.
    fn renew(&self) {
        let mut current = lock(&self.producer);
        if let Some((code, message)) = current.client().fatal_error() {
            tracing::error!(?code, message, "The Kafka producer failed; replacing it.");
            match producer(&self.kafka) {
                Ok(new) => *current = new,
                Err(error) => tracing::error!(%error, "Cannot replace the Kafka producer."),
            }
        }
    }
}

/// A `traceparent` of version 00 (W3C Trace Context, §3.2); none for anything else.
pub(crate) fn trace_parent(value: &str) -> Option<&str> {
    Some(value).filter(|value| TraceParent::is_valid(value))
}

/// A `traceparent` that starts a new trace.
fn new_trace() -> String {
    let (trace, span) = (uuid::Uuid::new_v4().simple().to_string(), uuid::Uuid::new_v4().simple().to_string());
    format!("00-{trace}-{}-01", span.get(..16).unwrap_or(&span))
}

fn producer(kafka: &KafkaConfig) -> Result<Arc<FutureProducer<Context>>, ConnectionError> {
    let mut settings = writer::settings(kafka, "code-delivery-gateway")?;
    statistics::enable(&mut settings);
    let limit = TIME_LIMIT.as_millis().to_string();
    Ok(revival::open(settings.set("message.timeout.ms", limit), Context)?)
}

async fn deliver(producer: &FutureProducer<Context>, record: FutureRecord<'_, str, Vec<u8>>) -> Result<(), ()> {
    match producer.send(record, Timeout::After(TIME_LIMIT)).await {
        Ok(_) => Ok(()),
        Err((error, _)) => {
            tracing::warn!(%error, "Kafka did not confirm a request.");
            Err(())
        }
    }
}

#[cfg(test)]
#[path = "tests/sender.rs"]
mod tests;
