//! Reads Kafka as any client does: metadata, and topics up to their current ends.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use delivery_kafka::read::partitions;
use delivery_kafka::{Bounds, ConnectionError, KafkaConfig, Lookup, Start, ask};
use delivery_librdkafka::topic_id;
use delivery_messages::{Millis, Topic};
use delivery_verify::audit::PartitionRange;
use rdkafka::Offset;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::message::BorrowedMessage;
use rdkafka::metadata::Metadata;

const PURPOSE: &str = "chaos";
const TIMEOUT: Duration = Duration::from_secs(30);

/// The brokers and topics.
pub(crate) async fn metadata(config: &KafkaConfig) -> Result<Metadata> {
    Ok(ask(&consumer(config)?, |consumer| consumer.fetch_metadata(None, TIMEOUT)).await?)
}

fn consumer(config: &KafkaConfig) -> Result<Arc<BaseConsumer>> {
    Ok(Arc::new(config.client(PURPOSE)?.create().map_err(ConnectionError::from)?))
}

/// The id of a topic, which is another one when the topic was deleted and created again.
///
/// # Errors
/// When there is no such topic, or no broker answers.
pub(crate) async fn id(config: &KafkaConfig, topic: &str) -> Result<String> {
    let topic = topic.to_owned();
    Ok(ask(&consumer(config)?, move |consumer| topic_id(consumer.client(), &topic, TIMEOUT)).await?)
}

/// Passes every record of a topic to `each`.
pub(crate) async fn read_all(config: &KafkaConfig, topic: Topic, each: impl FnMut(&BorrowedMessage<'_>)) -> Result<()> {
    let topic = config.topic(topic);
    let count = partitions::wait(config, PURPOSE, &topic).await?;
    let start = |partition| Start { topic: topic.clone(), partition, offset: Offset::Beginning };
    let starts: Vec<_> = (0..count).map(start).collect();
    Ok(Lookup::open(config, PURPOSE)?.read(&starts, each).await?)
}

/// The range of each partition that holds what the broker appended since `time`, in milliseconds since the Unix epoch;
/// none: everything.
pub(crate) async fn ranges(
    config: &KafkaConfig,
    topic: Topic,
    time: Option<Millis>,
) -> Result<BTreeMap<i32, PartitionRange>> {
    let (topic, consumer) = (config.topic(topic), consumer(config)?);
    let count = partitions::wait_with(&consumer, &topic).await?;
    let bounds = partitions::bounds(&consumer, &topic, 0..count, TIMEOUT).await?;
    let offsets = match time {
        Some(time) => partitions::offsets_at(&consumer, &topic, 0..count, time, TIMEOUT).await?,
        None => BTreeMap::new(),
    };
    let range = |(partition, Bounds { low, high })| {
        let from = time.map(|time| (time, offsets.get(&partition).copied().flatten()));
        (partition, PartitionRange::new(low, high, from))
    };
    Ok(bounds.into_iter().map(range).collect())
}

/// Passes every record of these ranges, and everything appended since, to `each`.
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
