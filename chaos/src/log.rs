//! Reads Kafka as any client does: metadata, and topics up to their present ends.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::Result;
use delivery_kafka::{KafkaConfig, Lookup, Start, reader};
use delivery_messages::{Millis, Topic};
use delivery_verify::audit::PartitionRange;
use rdkafka::Offset;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::message::BorrowedMessage;
use rdkafka::metadata::Metadata;

const PURPOSE: &str = "chaos";
const TIMEOUT: Duration = Duration::from_secs(10);

async fn request<T: Send + 'static>(
    config: &KafkaConfig,
    send: impl FnOnce(&BaseConsumer) -> Result<T> + Send + 'static,
) -> Result<T> {
    let consumer: BaseConsumer = config.client(PURPOSE)?.create()?;
    tokio::task::spawn_blocking(move || send(&consumer)).await?
}

/// The brokers and topics.
pub(crate) async fn metadata(config: &KafkaConfig) -> Result<Metadata> {
    request(config, |consumer| Ok(consumer.fetch_metadata(None, TIMEOUT)?)).await
}

/// Passes every record of a topic to `each`.
pub(crate) async fn read_all(config: &KafkaConfig, topic: Topic, each: impl FnMut(&BorrowedMessage<'_>)) -> Result<()> {
    let topic = config.topic(topic);
    let count = reader::partitions(config, PURPOSE, &topic).await?;
    let start = |partition| Start { topic: topic.clone(), partition, offset: Offset::Beginning };
    let starts: Vec<_> = (0..count).map(start).collect();
    Ok(Lookup::open(config, PURPOSE)?.read(&starts, each).await?)
}

/// The range of each partition that holds what the broker appended from `time` on, in milliseconds since the Unix epoch;
/// none: everything.
pub(crate) async fn ranges(
    config: &KafkaConfig,
    topic: Topic,
    time: Option<Millis>,
) -> Result<BTreeMap<i32, PartitionRange>> {
    let topic = config.topic(topic);
    let count = reader::partitions(config, PURPOSE, &topic).await?;
    let name = topic.clone();
    let bounds: BTreeMap<i32, (i64, i64)> = request(config, move |consumer| {
        (0..count).map(|partition| Ok((partition, consumer.fetch_watermarks(&name, partition, TIMEOUT)?))).collect()
    })
    .await?;
    let starts = match time {
        Some(time) => {
            let partitions: Vec<_> = (0..count).collect();
            Lookup::open(config, PURPOSE)?.since(&topic, &partitions, time, TIMEOUT).await?
        }
        None => Vec::new(),
    };
    let offset = |partition| {
        starts.iter().find(|start| start.partition == partition).and_then(|start| match start.offset {
            Offset::Offset(offset) => Some(offset),
            _ => None,
        })
    };
    let range = |(partition, (low, high))| {
        (partition, PartitionRange::new(low, high, time.map(|time| (time, offset(partition)))))
    };
    Ok(bounds.into_iter().map(range).collect())
}

/// Passes every record of these ranges, and what has followed since, to `each`.
pub(crate) async fn read_ranges(
    config: &KafkaConfig,
    topic: Topic,
    ranges: &BTreeMap<i32, PartitionRange>,
    each: impl FnMut(&BorrowedMessage<'_>),
) -> Result<()> {
    let topic = config.topic(topic);
    let start = |(partition, range): (&i32, &PartitionRange)| Start {
        topic: topic.clone(),
        partition: *partition,
        offset: Offset::Offset(range.begin),
    };
    let starts: Vec<_> = ranges.iter().map(start).collect();
    Ok(Lookup::open(config, PURPOSE)?.read(&starts, each).await?)
}
