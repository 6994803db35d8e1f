//! Reads what Kafka already holds of our deliveries, to find out where each resumes.
//!
//! Each partition is read once for all deliveries in it, and no more of it than is needed: of states the recent ones, and all of them
//! only if a delivery is new or has no recent one; of positions those after the newest state. A read that fails is retried for as long
//! as it takes, and is never taken for an empty log. What the records mean is left to [`crate::delivery::resume`].

use std::collections::HashMap;
use std::time::Duration;

use delivery_kafka::read::partitions;
use delivery_kafka::{KafkaConfig, Lookup, ReadError, Start};
use delivery_messages::records::partitioner;
use delivery_messages::{Millis, NewPosition, State, Topic};
use delivery_motion::Fixed;
use rdkafka::Offset;
use rdkafka::error::KafkaError;
use rdkafka::message::{BorrowedMessage, Message};

use crate::delivery::plans::Delivery;
use crate::delivery::records::RecordOffset;
use crate::delivery::resume::{Past, ReadFrom, Recovered, ResumePoint};
use crate::log::producer::Writer;
use crate::metrics::Metrics;
use crate::vehicles::vehicle::STATE_INTERVAL;

const PURPOSE: &str = "code-delivery-simulator";
/// How long one question to Kafka may take.
const LIMIT: Duration = Duration::from_secs(5);
const TOPIC_RETRY: Duration = Duration::from_millis(250);
/// After a question that Kafka did not answer.
const RETRY: Duration = Duration::from_millis(250);
/// After the first refusal; doubled with each.
const REFUSED_RETRY: Duration = Duration::from_secs(1);
const MAX_RETRY: Duration = Duration::from_secs(30);
/// A delivery that is older than this many milliseconds and under way has, as a rule, written a state within them.
const RECENT: Millis = 12 * STATE_INTERVAL;

/// Why an attempt to read failed.
#[derive(Debug, thiserror::Error)]
enum Failed {
    #[error(transparent)]
    Read(#[from] ReadError),
    #[error("Kafka does not answer a request about its topics: {0}.")]
    Ask(#[from] KafkaError),
}

/// Recovers each of the deliveries, in their order; waits while Kafka is unavailable or refuses, and calls `retried` each time.
///
/// # Errors
/// When the settings of the connection cannot be used.
pub(crate) async fn recover(
    config: &KafkaConfig,
    writer: &Writer,
    deliveries: &[Delivery],
    metrics: &Metrics,
    retried: &mut impl FnMut(),
) -> Result<Vec<Recovered>, ReadError> {
    let mut refused = REFUSED_RETRY;
    loop {
        let (error, pause) = match (Attempt { config, writer, deliveries, metrics }).run().await {
            Err(error @ Failed::Read(ReadError::Refused { .. })) => (error, refused),
            Err(error @ Failed::Ask(_)) => (error, RETRY),
            Err(Failed::Read(error)) => return Err(error),
            Ok(found) => return Ok(found),
        };
        if pause == refused {
            refused = MAX_RETRY.min(refused * 2);
        }
        metrics.read_errors.inc();
        retried();
        tracing::warn!(%error, "Cannot read from Kafka where to resume the deliveries; retrying in {} ms.", pause.as_millis());
        tokio::time::sleep(pause).await;
    }
}

/// One attempt.
struct Attempt<'a> {
    config: &'a KafkaConfig,
    writer: &'a Writer,
    deliveries: &'a [Delivery],
    metrics: &'a Metrics,
}

impl Attempt<'_> {
    async fn run(&self) -> Result<Vec<Recovered>, Failed> {
        // It connects while the writer's client asks.
        let mut lookup = Lookup::open(self.config, PURPOSE)?;
        let (topic, positions) = (self.config.topic(Topic::State), self.config.topic(Topic::NewPosition));
        let (mut owned, partitions, ()) = tokio::try_join!(
            self.partitions(Topic::State),
            self.partitions(Topic::NewPosition),
            lookup.meet(&positions, LIMIT),
        )?;
        owned.sort_unstable();
        owned.dedup();
        let since = now() - RECENT;
        let mut pasts = Vec::new();
        if self.deliveries.iter().all(|delivery| delivery.created_at < since) {
            let recent = lookup.since(&topic, &owned, since, LIMIT).await?;
            pasts = self.states(&mut lookup, &recent).await?;
            if !pasts.iter().all(Past::is_known) {
                pasts.clear();
                // Another client, so that the end of a partition in this read is not mistaken for one in the next.
                lookup.close().await;
                lookup = Lookup::open(self.config, PURPOSE)?;
                lookup.meet(&positions, LIMIT).await?;
            }
        }
        if pasts.is_empty() {
            let start = |partition| Start { topic: topic.clone(), partition, offset: Offset::Beginning };
            let all: Vec<_> = owned.into_iter().map(start).collect();
            pasts = self.states(&mut lookup, &all).await?;
        }
        self.positions(&mut lookup, &mut pasts, &partitions).await?;
        lookup.close().await;
        // Not for the answer: so that the first write need not wait (see `Writer::client`).
        self.partitions(Topic::NewPosition).await?;
        self.conclude(&pasts, &partitions).await
    }

    /// Each delivery by its states.
    async fn states(&self, lookup: &mut Lookup, starts: &[Start]) -> Result<Vec<Past>, ReadError> {
        let mut pasts = vec![Past::default(); self.deliveries.len()];
        let index = self.index();
        lookup
            .read(starts, |record| {
                self.metrics.records_read.inc();
                let Some(past) = record.key().and_then(|key| pasts.get_mut(*index.get(key)?)) else { return };
                match record.payload() {
                    None => past.tombstone(),
                    value => match delivery_messages::decode::<State>(Topic::State, value) {
                        Ok(state) => past.state(state),
                        Err(error) => self.skip(record, &error),
                    },
                }
            })
            .await?;
        Ok(pasts)
    }

    /// Adds the positions after those states.
    async fn positions(&self, lookup: &mut Lookup, pasts: &mut [Past], partitions: &[i32]) -> Result<(), ReadError> {
        let topic = self.config.topic(Topic::NewPosition);
        let starts: Vec<_> = oldest(pasts, partitions)
            .into_iter()
            .map(|(partition, offset)| Start { topic: topic.clone(), partition, offset })
            .collect();
        let (index, mut firsts) = (self.index(), HashMap::new());
        lookup
            .read(&starts, |record| {
                self.metrics.records_read.inc();
                let found = RecordOffset { partition: record.partition(), offset: record.offset() };
                let first = *firsts.entry(found.partition).or_insert(found.offset);
                let Some(past) = record.key().and_then(|key| pasts.get_mut(*index.get(key)?)) else { return };
                match delivery_messages::decode::<NewPosition>(Topic::NewPosition, record.payload()) {
                    Ok(NewPosition { seq, at, .. }) => past.position(Fixed { seq, at }, found, first),
                    Err(error) => self.skip(record, &error),
                }
            })
            .await
    }

    async fn conclude(&self, pasts: &[Past], partitions: &[i32]) -> Result<Vec<Recovered>, Failed> {
        let (topic, mut ends) = (self.config.topic(Topic::NewPosition), HashMap::new());
        let mut found = Vec::with_capacity(pasts.len());
        for (past, &partition) in pasts.iter().zip(partitions) {
            let point = past.resume_point();
            if point == ResumePoint::New && !ends.contains_key(&partition) {
                ends.insert(
                    partition,
                    partitions::bounds_of(self.writer.client(), &topic, partition, LIMIT).await?.high,
                );
            }
            let offset = ends.get(&partition).copied().unwrap_or_default();
            found.push(Recovered { point, end: RecordOffset { partition, offset } });
        }
        Ok(found)
    }

    fn index(&self) -> HashMap<&[u8], usize> {
        self.deliveries.iter().enumerate().map(|(index, delivery)| (delivery.id.as_bytes(), index)).collect()
    }

    /// The partition of each delivery in a topic; waits until Kafka has the topic.
    async fn partitions(&self, topic: Topic) -> Result<Vec<i32>, KafkaError> {
        let (name, mut is_reported) = (self.config.topic(topic), false);
        let count = loop {
            if let Some(count) = partitions::count(self.writer.client(), &name, LIMIT).await? {
                break count;
            }
            if !is_reported {
                tracing::info!(topic = topic.name(), "Waiting for the topic to be created.");
                is_reported = true;
            }
            tokio::time::sleep(TOPIC_RETRY).await;
        };
        let ids = self.deliveries.iter().map(|delivery| delivery.id.as_bytes());
        Ok(ids.map(|id| partitioner::partition(id, count)).collect())
    }

    fn skip(&self, record: &BorrowedMessage<'_>, error: &delivery_messages::DecodeError) {
        self.metrics.records_skipped.inc();
        let (topic, partition, offset) = (record.topic(), record.partition(), record.offset());
        tracing::warn!(topic, partition, offset, reason = error.reason(), %error, "Skipped a record that is not valid for its topic.");
    }
}

/// Where reading has to start in each partition that holds wanted positions.
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

/// Milliseconds since the Unix epoch.
fn now() -> Millis {
    jiff::Timestamp::now().as_millisecond()
}

#[cfg(test)]
#[path = "tests/recovery.rs"]
mod tests;
