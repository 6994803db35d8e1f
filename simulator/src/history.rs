//! Reads what the log already holds of our deliveries.
//!
//! Each partition is read once for all deliveries in it. A read that fails is tried again for as long as it takes, and
//! is never taken for an empty log. What the records mean is left to [`crate::resume`].

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use delivery_kafka::{KafkaConfig, ReadError, Reader, Start};
use delivery_messages::{NewPosition, State, Topic, partitioner};
use delivery_motion::Fixed;
use rdkafka::Offset;
use rdkafka::error::KafkaError;
use rdkafka::message::{BorrowedMessage, Message};

use crate::metrics::Metrics;
use crate::plans::Delivery;
use crate::producer::Writer;
use crate::records::Place;
use crate::resume::{Past, ReadFrom, Standing};

const PURPOSE: &str = "code-delivery-simulator";
/// How long one question to Kafka may take.
const PATIENCE: Duration = Duration::from_secs(5);
const TOPIC_RETRY: Duration = Duration::from_millis(250);
const RETRY: Duration = Duration::from_secs(1);
const LONGEST_RETRY: Duration = Duration::from_secs(30);

/// Why an attempt to read failed.
#[derive(Debug, thiserror::Error)]
enum Failed {
    #[error(transparent)]
    Read(#[from] ReadError),
    #[error("Kafka does not tell about its topics: {0}.")]
    Ask(#[from] KafkaError),
}

/// What the log holds of one delivery.
#[derive(Debug)]
pub struct Found {
    /// From where it goes on.
    pub standing: Standing,
    /// Of a new one, the end of the partition that its positions will be in.
    pub end: Place,
}

/// Reads all that the log holds of the deliveries, in their order; waits while Kafka is away or refuses.
///
/// # Errors
/// When the settings of the connection cannot be used.
pub async fn read(
    config: &KafkaConfig,
    writer: &Writer,
    deliveries: &[Delivery],
    metrics: &Metrics,
) -> Result<Vec<Found>, ReadError> {
    let mut pause = RETRY;
    loop {
        let error = match attempt(config, writer, deliveries, metrics).await {
            Err(error @ (Failed::Read(ReadError::Refused { .. }) | Failed::Ask(_))) => error,
            Err(Failed::Read(error)) => return Err(error),
            Ok(found) => return Ok(found),
        };
        metrics.read_errors.inc();
        tracing::warn!(%error, "The log cannot be read; trying again in {} s.", pause.as_secs());
        tokio::time::sleep(pause).await;
        pause = LONGEST_RETRY.min(pause * 2);
    }
}

async fn attempt(
    config: &KafkaConfig,
    writer: &Writer,
    deliveries: &[Delivery],
    metrics: &Metrics,
) -> Result<Vec<Found>, Failed> {
    let index: HashMap<&[u8], usize> =
        deliveries.iter().enumerate().map(|(place, delivery)| (delivery.id.as_bytes(), place)).collect();
    let mut pasts = vec![Past::default(); deliveries.len()];

    let topic = config.topic(Topic::State);
    let owned: HashSet<i32> = partitions(writer, Topic::State, deliveries).await?.into_iter().collect();
    let starts = owned.into_iter().map(|partition| (partition, Offset::Beginning));
    read_to_end(config, &topic, starts, |record| {
        let Some(&place) = record.key().and_then(|key| index.get(key)) else {
            return;
        };
        let past: &mut Past = &mut pasts[place];
        match record.payload() {
            None => past.tombstone(),
            value => match delivery_messages::decode::<State>(Topic::State, value) {
                Ok(state) => past.state(state),
                Err(error) => skip(record, &error, metrics),
            },
        }
    })
    .await?;

    let topic = config.topic(Topic::NewPosition);
    let partitions = partitions(writer, Topic::NewPosition, deliveries).await?;
    read_to_end(config, &topic, oldest(&pasts, &partitions), |record| {
        let Some(&place) = record.key().and_then(|key| index.get(key)) else {
            return;
        };
        match delivery_messages::decode::<NewPosition>(Topic::NewPosition, record.payload()) {
            Ok(NewPosition { seq, at, .. }) => {
                let found = Place { partition: record.partition(), offset: record.offset() };
                pasts[place].position(Fixed { seq, at }, found);
            }
            Err(error) => skip(record, &error, metrics),
        }
    })
    .await?;

    let mut ends = HashMap::new();
    let mut found = Vec::with_capacity(pasts.len());
    for (past, partition) in pasts.iter().zip(partitions) {
        let standing = past.standing();
        if standing == Standing::New && !ends.contains_key(&partition) {
            ends.insert(partition, writer.end(partition, PATIENCE).await?);
        }
        let offset = ends.get(&partition).copied().unwrap_or_default();
        found.push(Found { standing, end: Place { partition, offset } });
    }
    Ok(found)
}

/// The partition of each delivery in a topic; waits until Kafka has the topic.
async fn partitions(writer: &Writer, topic: Topic, deliveries: &[Delivery]) -> Result<Vec<i32>, KafkaError> {
    let mut said = false;
    let count = loop {
        if let Some(count) = writer.partitions(topic, PATIENCE).await? {
            break count;
        }
        if !said {
            tracing::info!(topic = topic.name(), "Waiting until Kafka has the topic.");
            said = true;
        }
        tokio::time::sleep(TOPIC_RETRY).await;
    };
    Ok(deliveries.iter().map(|delivery| partitioner::partition(delivery.id.as_bytes(), count)).collect())
}

/// The oldest place from which positions are wanted, of each partition of which some are.
fn oldest(pasts: &[Past], partitions: &[i32]) -> HashMap<i32, Offset> {
    let mut oldest: HashMap<i32, Option<i64>> = HashMap::new();
    for (past, &partition) in pasts.iter().zip(partitions) {
        let wanted = match past.from(partition) {
            ReadFrom::Nowhere => continue,
            ReadFrom::Oldest => None,
            ReadFrom::Offset(offset) => Some(offset),
        };
        oldest.entry(partition).and_modify(|known| *known = (*known).min(wanted)).or_insert(wanted);
    }
    let offset = |wanted: Option<i64>| wanted.map_or(Offset::Beginning, Offset::Offset);
    oldest.into_iter().map(|(partition, wanted)| (partition, offset(wanted))).collect()
}

async fn read_to_end(
    config: &KafkaConfig,
    topic: &str,
    starts: impl IntoIterator<Item = (i32, Offset)>,
    each: impl FnMut(&BorrowedMessage<'_>),
) -> Result<(), ReadError> {
    let starts: Vec<Start> =
        starts.into_iter().map(|(partition, offset)| Start { topic: topic.to_owned(), partition, offset }).collect();
    if starts.is_empty() {
        return Ok(());
    }
    Reader::open(config, PURPOSE, &starts)?.read_to_end(each).await
}

fn skip(record: &BorrowedMessage<'_>, error: &delivery_messages::DecodeError, metrics: &Metrics) {
    metrics.records_skipped.inc();
    let (topic, partition, offset) = (record.topic(), record.partition(), record.offset());
    tracing::warn!(topic, partition, offset, reason = error.reason(), %error, "A record was skipped.");
}

#[cfg(test)]
mod tests {
    use super::*;

    fn past(partition: i32, offset: i64) -> Past {
        let mut past = Past::default();
        let state = format!(
            r#"{{"deliveryId":"d","version":2,"phase":"Running","start":0,"seq":0,"at":0,"speed":0,"heading":0,
            "progress":0,"eta":0,"partition":{partition},"offset":{offset}}}"#
        );
        past.state(serde_json::from_str(&state).unwrap());
        past
    }

    #[test]
    fn a_partition_is_read_once_from_the_oldest_place_that_one_of_its_deliveries_needs() {
        let pasts = [past(1, 70), past(1, 50), past(2, 10), past(7, 10), past(3, 5), Past::default()];
        let found = oldest(&pasts, &[1, 1, 2, 2, 3, 4]);
        let expected = [(1, Offset::Offset(50)), (2, Offset::Beginning), (3, Offset::Offset(5))];
        assert_eq!(found, HashMap::from(expected));
    }
}
