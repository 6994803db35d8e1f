//! Reads start requests and commands in a group, one after the other, and commits a record when what it asks for is done.
//!
//! What cannot be used goes to `dead-letters` with the reason. While Kubernetes or Kafka is away, the record waits: nothing is
//! given up for a fault that is not its own. Deciding is left to [`crate::requests`] and [`crate::commands`].

use crate::context::Context;
use crate::requests::Origin;
use crate::{commands, replay, requests};
use delivery_kafka::{ConnectionError, revival};
use delivery_messages::{DeadLetter, Millis, Topic};
use delivery_observability::Health;
use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer, ConsumerContext, Rebalance, StreamConsumer};
use rdkafka::error::KafkaError;
use rdkafka::message::BorrowedMessage;
use rdkafka::{ClientContext, Message};
use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

/// The consumer group.
const GROUP: &str = "operator";
/// The first wait after a failure that is not the record's; doubled up to the longest.
const RETRY: Duration = Duration::from_millis(500);
const LONGEST_RETRY: Duration = Duration::from_secs(30);

/// What became of a record.
#[derive(Debug)]
pub enum Outcome {
    /// It is done; a stable name of what was done.
    Done(&'static str),
    /// It cannot be used.
    Rejected(Rejection),
}

/// Why a record cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rejection {
    /// A stable name.
    pub reason: &'static str,
    /// A whole sentence for who sent it.
    pub message: String,
    /// The request that is answered, if the record names one.
    pub request_id: Option<String>,
}

/// A failure that is not the record's: it is tried again.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Later(pub String);

/// Tells the health whether partitions are assigned.
struct Assigned(Health);

/// What is said until they are.
const UNASSIGNED: &str = "No partition of the start requests is assigned yet.";

impl ClientContext for Assigned {
    fn error(&self, error: KafkaError, reason: &str) {
        delivery_kafka::context::Context.error(error, reason);
    }
}

impl ConsumerContext for Assigned {
    fn post_rebalance(&self, _: &BaseConsumer<Self>, rebalance: &Rebalance<'_>) {
        if let Rebalance::Assign(_) = rebalance {
            self.0.dependency("requests", None);
        }
    }
}

/// Reads for ever. Begins when the objects are listed and the log is read, since decisions follow from both.
///
/// # Errors
/// When the settings of the connection cannot be used.
pub async fn run(context: Arc<Context>, health: Health) -> anyhow::Result<()> {
    health.dependency("requests", Some(UNASSIGNED.to_owned()));
    context.objects.complete().await?;
    context.log_read.subscribe().wait_for(|read| *read).await?;
    let kafka = &context.config.kafka;
    let consumer = open(&context, health)?;
    let names = [Topic::NewDirection, Topic::Command].map(|topic| kafka.topic(topic));
    consumer.subscribe(&names.each_ref().map(String::as_str)).map_err(ConnectionError::from)?;
    loop {
        match consumer.recv().await {
            Ok(record) => {
                serve(&context, &record).await;
                commit(&consumer, &record);
            }
            Err(error) => wait(&error).await,
        }
    }
}

fn open(context: &Context, health: Health) -> Result<Arc<StreamConsumer<Assigned>>, ConnectionError> {
    let mut settings = context.config.kafka.client("code-delivery-operator-inbox")?;
    settings
        .set("group.id", context.config.kafka.group(GROUP))
        .set("enable.auto.commit", "false")
        .set("enable.auto.offset.store", "false")
        // A request that was sent before the operator first ran is served as well.
        .set("auto.offset.reset", "earliest")
        .set("partition.assignment.strategy", "cooperative-sticky")
        // One that waits for Kubernetes to come back is not thrown out of the group.
        .set("max.poll.interval.ms", "86400000")
        .set("session.timeout.ms", "10000")
        .set("queued.max.messages.kbytes", "4096")
        .set("fetch.wait.max.ms", "100");
    Ok(revival::open(&settings, Assigned(health))?)
}

/// Serves one record, however long it takes.
async fn serve(context: &Context, record: &BorrowedMessage<'_>) {
    let Some(topic) = context.config.kafka.topics().topic(record.topic()) else { return };
    let mut retry = RETRY;
    loop {
        let result = match topic {
            Topic::NewDirection => requests::serve(context, &origin(record), record.payload()).await,
            _ => commands::serve(context, record.payload()).await,
        };
        let result = match result {
            Ok(Outcome::Rejected(rejection)) => bury(context, topic, record, &rejection).await,
            Ok(Outcome::Done(what)) => {
                context.metrics.served(topic, what);
                Ok(())
            }
            Err(later) => Err(later),
        };
        let Err(later) = result else { return };
        tracing::warn!(record = place(record), error = %later, "A record waits: it cannot be served now.");
        tokio::time::sleep(retry).await;
        retry = (retry * 2).min(LONGEST_RETRY);
    }
}

fn origin(record: &BorrowedMessage<'_>) -> Origin {
    let at = record.timestamp().to_millis().unwrap_or(Millis::MAX);
    Origin { place: place(record), at, trace: replay::trace(record) }
}

/// Where a record is: `topic/partition/offset`.
fn place(record: &BorrowedMessage<'_>) -> String {
    format!("{}/{}/{}", record.topic(), record.partition(), record.offset())
}

async fn bury(
    context: &Context,
    topic: Topic,
    record: &BorrowedMessage<'_>,
    rejection: &Rejection,
) -> Result<(), Later> {
    let letter = DeadLetter {
        topic: record.topic(),
        partition: record.partition(),
        offset: record.offset(),
        value: record.payload().unwrap_or_default(),
        reason: rejection.reason,
        message: Cow::Borrowed(&rejection.message),
        service: "operator",
        request_id: rejection.request_id.as_deref(),
    };
    context.log.bury(&letter).await.map_err(|error| Later(error.to_string()))?;
    context.metrics.buried(topic, rejection.reason);
    tracing::info!(record = letter.key(), reason = rejection.reason, "A record was rejected: {}", rejection.message);
    Ok(())
}

fn commit(consumer: &StreamConsumer<Assigned>, record: &BorrowedMessage<'_>) {
    // One that is not committed is served again, which changes nothing.
    if let Err(error) = consumer.commit_message(record, CommitMode::Async) {
        tracing::warn!(%error, "The place in the requests could not be kept.");
    }
}

async fn wait(error: &KafkaError) {
    tracing::warn!(%error, "Requests wait for Kafka.");
    tokio::time::sleep(RETRY).await;
}
