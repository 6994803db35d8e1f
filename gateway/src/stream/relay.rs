//! Reads `notifications.changed` from its end, without a consumer group, and tells the clients that listen for the recipient.
//!
//! A client that hears of a change asks the notifications service what it is, so nothing older needs to be read. When the topic
//! is lost or made anew, or Kafka refuses, reading begins again, and everyone who listens is told so: they may have missed something.
//! The stream of positions goes on meanwhile.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::{Duration, Instant};

use delivery_kafka::read::partitions::TopicClient;
use delivery_kafka::read::renewal::{LogWatch, Renewal};
use delivery_kafka::{Event, KafkaConfig, ReadError, Reader};
use delivery_messages::{DecodeError, NotificationChanged, Topic, decode};
use delivery_observability::Heartbeat;
use rdkafka::message::Message;
use tokio::time::sleep;

use super::live::Live;
use crate::ingest::offsets::Offsets;
use crate::metrics::Metrics;
use crate::protocol::recipients::MAX_ID;

/// The client id of the reader.
const PURPOSE: &str = "code-delivery-gateway";
const TOPIC: Topic = Topic::NotificationChanged;
/// How long to wait before reading begins again.
const RETRY: Duration = Duration::from_secs(5);
/// The minimum time between two log lines about bad records.
const LOG_EVERY: Duration = Duration::from_secs(1);
/// How long a partition that has no leader may hold up the others.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long telling the clients of one change may take before the process is not ready.
pub(crate) const ROUND: Duration = Duration::from_secs(30);

/// Why reading ended.
#[derive(Debug, thiserror::Error)]
enum Interruption {
    #[error(transparent)]
    Read(#[from] ReadError),
    #[error(transparent)]
    Renewed(#[from] Renewal),
}

/// Relays changes forever. `client` is asked about the topic.
pub(crate) async fn run(
    kafka: KafkaConfig,
    client: Arc<TopicClient>,
    live: Arc<Live>,
    metrics: Metrics,
    heartbeat: Heartbeat,
) {
    loop {
        let Err(why) = follow(&kafka, &client, &live, &metrics, &heartbeat).await;
        tracing::warn!(topic = TOPIC.name(), %why, "Cannot read notifications; trying again in a few seconds.");
        sleep(RETRY).await;
    }
}

async fn follow(
    kafka: &KafkaConfig,
    client: &Arc<TopicClient>,
    live: &Live,
    metrics: &Metrics,
    heartbeat: &Heartbeat,
) -> Result<Infallible, Interruption> {
    let topic = kafka.topic(TOPIC);
    // Waits until the topic exists.
    let starts = Offsets::new(client, kafka, TOPIC).await?.starts_at_ends(PATIENCE).await;
    let reader = Reader::tail(kafka, PURPOSE, &starts)?;
    let watch = LogWatch::through(client, [topic]);
    watch.add(&reader);
    {
        let _round = heartbeat.round();
        live.begin_relay();
    }
    tokio::select! {
        ended = relay(&reader, live, metrics, heartbeat) => ended,
        renewal = watch.renewed(|| heartbeat.round()) => Err(renewal.into()),
    }
}

async fn relay(
    reader: &Reader,
    live: &Live,
    metrics: &Metrics,
    heartbeat: &Heartbeat,
) -> Result<Infallible, Interruption> {
    let mut logged: Option<Instant> = None;
    loop {
        let Event::Record(record) = reader.next().await? else { continue };
        let _round = heartbeat.round();
        match read(record.payload()) {
            Ok(changed) => metrics.notification(live.relay(&changed).name()),
            Err(error) => {
                metrics.bad_record(TOPIC, error.reason());
                if logged.is_none_or(|logged| logged.elapsed() > LOG_EVERY) {
                    logged = Some(Instant::now());
                    let (partition, offset) = (record.partition(), record.offset());
                    tracing::warn!(topic = TOPIC.name(), partition, offset, %error, "Skipped a bad record.");
                }
            }
        }
    }
}

/// Reads a record's value. Its id becomes part of a frame, so it is bounded.
fn read(value: Option<&[u8]>) -> Result<NotificationChanged, DecodeError> {
    let changed: NotificationChanged = decode(TOPIC, value)?;
    if changed.id.len() > MAX_ID {
        let problem = format!("it is longer than {MAX_ID} bytes");
        return Err(DecodeError::Invalid { topic: TOPIC.name(), field: "id", problem });
    }
    Ok(changed)
}

#[cfg(test)]
#[path = "tests/relay.rs"]
mod tests;
