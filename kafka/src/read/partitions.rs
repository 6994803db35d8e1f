//! What is in a topic: how many partitions, where each begins and ends, and at which offset a given time is.
//!
//! Each function asks the broker once and gives up after a limit, except [`wait`] and [`wait_with`], which ask until the topic
//! exists. Offsets are watermarks, right for noting how far a topic reaches now. They do not say how many records there are, and the
//! end of a read is an EOF event, not an offset reached: compaction and transactions leave holes (see [`crate::read::reader`]).

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use delivery_messages::Millis;
use rdkafka::consumer::{Consumer, ConsumerContext, StreamConsumer};
use rdkafka::error::KafkaError;
use rdkafka::{Offset, TopicPartitionList};

use crate::connect::client::{KafkaClient, ask};
use crate::connect::connection::{ConnectionError, KafkaConfig};
use crate::connect::context::Context;
use crate::connect::revival;
use crate::read::reader::{ReadError, is_passing, settings};

/// How long one question of [`wait`] may take.
const LIMIT: Duration = Duration::from_secs(5);
const RETRY: Duration = Duration::from_millis(250);

/// A client that is only asked about topics. However many topics a process asks about, and for whatever reason: one is enough, for each has
/// threads, connections and metadata of its own.
pub type TopicClient = StreamConsumer<Context>;

/// Where a partition begins and ends: its watermarks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// The oldest offset that retention has left.
    pub low: i64,
    /// One after the newest offset; for a consumer that reads committed records only, after the newest committed one.
    pub high: i64,
}

/// The number of a topic's partitions, which are numbered from 0; `None` while Kafka has no such topic.
///
/// # Errors
/// When Kafka does not answer within `limit`, or refuses.
pub async fn count<C: KafkaClient>(client: &Arc<C>, topic: &str, limit: Duration) -> Result<Option<i32>, KafkaError> {
    let topic = topic.to_owned();
    ask(client, move |client| {
        let metadata = client.client().fetch_metadata(Some(&topic), limit)?;
        let found = metadata.topics().iter().find(|found| found.name() == topic && found.error().is_none());
        Ok(found.and_then(|found| i32::try_from(found.partitions().len()).ok()).filter(|count| *count > 0))
    })
    .await
}

/// The bounds of one partition.
///
/// # Errors
/// When Kafka does not answer within `limit`, or refuses.
pub async fn bounds_of<C: KafkaClient>(
    client: &Arc<C>,
    topic: &str,
    partition: i32,
    limit: Duration,
) -> Result<Bounds, KafkaError> {
    let topic = topic.to_owned();
    ask(client, move |client| fetch_bounds(client, &topic, partition, limit)).await
}

/// The bounds of some of a topic's partitions, by partition.
///
/// # Errors
/// When Kafka does not answer one of the questions, one per partition, within `limit`, or refuses.
pub async fn bounds<C: KafkaClient>(
    client: &Arc<C>,
    topic: &str,
    partitions: impl IntoIterator<Item = i32>,
    limit: Duration,
) -> Result<BTreeMap<i32, Bounds>, KafkaError> {
    let (topic, partitions) = (topic.to_owned(), partitions.into_iter().collect::<Vec<_>>());
    ask(client, move |client| {
        let bounds = |partition| Ok((partition, fetch_bounds(client, &topic, partition, limit)?));
        partitions.into_iter().map(bounds).collect()
    })
    .await
}

fn fetch_bounds<C: KafkaClient>(
    client: &C,
    topic: &str,
    partition: i32,
    limit: Duration,
) -> Result<Bounds, KafkaError> {
    client.client().fetch_watermarks(topic, partition, limit).map(|(low, high)| Bounds { low, high })
}

/// Where each of these partitions ends now, with one question per broker. A partition that its broker does not know, or that has no leader,
/// is left out.
///
/// # Errors
/// When Kafka does not answer within `limit`.
pub async fn ends<C, X>(
    consumer: &Arc<C>,
    topic: &str,
    partitions: impl IntoIterator<Item = i32>,
    limit: Duration,
) -> Result<BTreeMap<i32, i64>, KafkaError>
where
    C: Consumer<X> + Send + Sync + 'static,
    X: ConsumerContext,
{
    edges(consumer, topic, partitions, Offset::End, limit).await
}

/// The bounds of those of these partitions that have a leader, with two questions per broker.
///
/// # Errors
/// When Kafka does not answer one of the questions within `limit`, or none of the partitions has a leader.
pub async fn known_bounds<C, X>(
    consumer: &Arc<C>,
    topic: &str,
    partitions: impl IntoIterator<Item = i32> + Clone,
    limit: Duration,
) -> Result<BTreeMap<i32, Bounds>, KafkaError>
where
    C: Consumer<X> + Send + Sync + 'static,
    X: ConsumerContext,
{
    let lows = edges(consumer, topic, partitions.clone(), Offset::Beginning, limit).await?;
    let highs = edges(consumer, topic, partitions, Offset::End, limit).await?;
    let bounds = |(partition, high)| Some((partition, Bounds { low: *lows.get(&partition)?, high }));
    Ok(highs.into_iter().filter_map(bounds).collect())
}

/// The offset of the beginning or end of each of these partitions that has a leader.
async fn edges<C, X>(
    consumer: &Arc<C>,
    topic: &str,
    partitions: impl IntoIterator<Item = i32>,
    edge: Offset,
    limit: Duration,
) -> Result<BTreeMap<i32, i64>, KafkaError>
where
    C: Consumer<X> + Send + Sync + 'static,
    X: ConsumerContext,
{
    let mut times = TopicPartitionList::new();
    for partition in partitions {
        // In this question, the beginning and the end are times like any other: the earliest and the latest.
        times.add_partition_offset(topic, partition, edge)?;
    }
    let found = ask(consumer, move |consumer| consumer.offsets_for_times(times, limit)).await?;
    let found = found.elements();
    let known = found.iter().filter(|found| found.error().is_ok());
    let offset = |offset| if let Offset::Offset(offset) = offset { Some(offset) } else { None };
    Ok(known.filter_map(|found| Some((found.partition(), offset(found.offset())?))).collect())
}

/// The offset, in each of these partitions, of the first record that the broker received at `time` or later; `None` where all are
/// older.
///
/// # Errors
/// When Kafka does not answer within `limit`, or refuses for one of the partitions.
pub async fn offsets_at<C, X>(
    consumer: &Arc<C>,
    topic: &str,
    partitions: impl IntoIterator<Item = i32>,
    time: Millis,
    limit: Duration,
) -> Result<BTreeMap<i32, Option<i64>>, KafkaError>
where
    C: Consumer<X> + Send + Sync + 'static,
    X: ConsumerContext,
{
    let mut times = TopicPartitionList::new();
    for partition in partitions {
        times.add_partition_offset(topic, partition, Offset::Offset(time.max(0)))?;
    }
    let found = ask(consumer, move |consumer| consumer.offsets_for_times(times, limit)).await?;
    let offset = |offset| if let Offset::Offset(offset) = offset { Some(offset) } else { None };
    found.elements().iter().map(|found| found.error().map(|()| (found.partition(), offset(found.offset())))).collect()
}

/// Makes a client for questions, without waiting for Kafka. `purpose` is its name.
///
/// # Errors
/// When the settings cannot be used.
pub fn client(config: &KafkaConfig, purpose: &str) -> Result<Arc<TopicClient>, ConnectionError> {
    Ok(revival::open(&settings(config, purpose)?, Context)?)
}

/// The number of a topic's partitions, once Kafka answers and has the topic. `purpose` is the name of the client that asks.
///
/// # Errors
/// When the settings cannot be used, or Kafka refuses for a reason that retrying will not fix.
pub async fn wait(config: &KafkaConfig, purpose: &str, topic: &str) -> Result<i32, ReadError> {
    wait_with(&client(config, purpose)?, topic).await
}

/// The same, asked by an existing client.
///
/// # Errors
/// When Kafka refuses for a reason that retrying will not fix.
pub async fn wait_with<C: KafkaClient>(client: &Arc<C>, topic: &str) -> Result<i32, ReadError> {
    let mut is_reported = false;
    loop {
        match count(client, topic, LIMIT).await {
            Ok(Some(count)) => return Ok(count),
            Err(source) if !is_passing(&source) => {
                return Err(ReadError::Refused { topics: topic.to_owned(), source });
            }
            _ if !is_reported => {
                tracing::info!(topic, "Waiting for the topic to be created.");
                is_reported = true;
            }
            _ => {}
        }
        tokio::time::sleep(RETRY).await;
    }
}
