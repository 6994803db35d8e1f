//! How far a consumer group is behind: the records after the offsets that it has committed.
//!
//! Each member knows its own partitions, so the sum over all members is the group's. Offsets are counted, which in a compacted topic are more
//! than the records. What is exported, and under which names, is left to the services.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use rdkafka::Offset;
use rdkafka::consumer::{Consumer, ConsumerContext};
use rdkafka::error::KafkaError;

use crate::connect::client::{KafkaClient, ask};
use crate::read::partitions::{bounds_of, ends};

/// The time between two measurements.
const EVERY: Duration = Duration::from_secs(15);
/// How long one question may take.
const LIMIT: Duration = Duration::from_secs(5);

/// The records after the committed offsets, by topic, in the partitions that this member of its group has now. Where nothing is committed,
/// all records count.
///
/// # Errors
/// When Kafka does not answer one of the questions within `limit`, or refuses.
pub async fn of_member<C, X>(consumer: &Arc<C>, limit: Duration) -> Result<BTreeMap<String, u64>, KafkaError>
where
    C: Consumer<X> + KafkaClient,
    X: ConsumerContext,
{
    let mut topics: BTreeMap<String, BTreeMap<i32, i64>> = BTreeMap::new();
    for (topic, partition, committed) in ask(consumer, move |consumer| committed::<C, X>(consumer, limit)).await? {
        let offset = match committed {
            Some(offset) => offset,
            None => bounds_of(consumer, &topic, partition, limit).await?.low,
        };
        topics.entry(topic).or_default().insert(partition, offset);
    }
    let mut lags = BTreeMap::new();
    for (topic, committed) in topics {
        let ends = ends(consumer, &topic, committed.keys().copied(), limit).await?;
        lags.insert(topic, behind(&committed, &ends));
    }
    Ok(lags)
}

/// The partitions of a member, each with the offset that its group has committed.
fn committed<C, X>(consumer: &C, limit: Duration) -> Result<Vec<(String, i32, Option<i64>)>, KafkaError>
where
    C: Consumer<X>,
    X: ConsumerContext,
{
    let assigned = consumer.assignment()?;
    if assigned.count() == 0 {
        return Ok(Vec::new());
    }
    let found = consumer.committed_offsets(assigned, limit)?;
    let offset = |offset| if let Offset::Offset(offset) = offset { Some(offset) } else { None };
    let of_each = found.elements().into_iter();
    Ok(of_each.map(|one| (one.topic().to_owned(), one.partition(), offset(one.offset()))).collect())
}

/// Measures forever, and tells the records of each topic; none of a topic of which this member has no partition any more, and none of all
/// when the measuring ends. While Kafka does not answer, the former numbers stay.
pub async fn watch<C, X>(consumer: &Arc<C>, tell: impl Fn(&str, Option<u64>))
where
    C: Consumer<X> + KafkaClient,
    X: ConsumerContext,
{
    let mut told = Told { tell, topics: BTreeSet::new() };
    loop {
        match of_member(consumer, LIMIT).await {
            Ok(lags) => told.update(&lags),
            Err(error) => tracing::debug!(%error, "Cannot measure how far a consumer group is behind."),
        }
        tokio::time::sleep(EVERY).await;
    }
}

/// The records between committed offsets and the ends of partitions. A partition whose end is not known is left out.
pub(crate) fn behind(committed: &BTreeMap<i32, i64>, ends: &BTreeMap<i32, i64>) -> u64 {
    let of_each = committed.iter().filter_map(|(partition, offset)| Some(ends.get(partition)? - offset));
    of_each.map(|records| u64::try_from(records).unwrap_or_default()).sum()
}

/// What has been told.
struct Told<F: Fn(&str, Option<u64>)> {
    tell: F,
    topics: BTreeSet<String>,
}

impl<F: Fn(&str, Option<u64>)> Told<F> {
    fn update(&mut self, lags: &BTreeMap<String, u64>) {
        for (topic, records) in lags {
            (self.tell)(topic, Some(*records));
        }
        let topics: BTreeSet<String> = lags.keys().cloned().collect();
        for gone in self.topics.difference(&topics) {
            (self.tell)(gone, None);
        }
        self.topics = topics;
    }
}

impl<F: Fn(&str, Option<u64>)> Drop for Told<F> {
    fn drop(&mut self) {
        for topic in &self.topics {
            (self.tell)(topic, None);
        }
    }
}

#[cfg(test)]
#[path = "tests/lag.rs"]
mod tests;
