//! Requests partitions, replicas and offsets of the topics, and the lag of the consumer groups that read them.

use std::collections::BTreeMap;
use std::time::Duration;

use delivery_kafka::ConnectionError;
use delivery_messages::Topic;
use futures::{StreamExt as _, TryStreamExt as _, stream};
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::KafkaError;
use rdkafka::metadata::{Metadata, MetadataTopic};
use rdkafka::{Offset, TopicPartitionList};
use serde::{Deserialize, Serialize};

use crate::log::reader::{LogError, LogReader, PURPOSE};

const REQUEST_TIMEOUT: Duration = Duration::from_secs(10);
/// The maximum number of groups that are shown; a shared Kafka may have thousands.
const MAX_GROUPS: usize = 200;
/// The maximum number of requests in flight.
const CONCURRENCY: usize = 8;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PartitionReport {
    pub(crate) partition: i32,
    /// A broker's id; -1: none.
    pub(crate) leader: i32,
    /// Ids of brokers.
    pub(crate) replicas: Vec<i32>,
    /// Ids of the brokers with an up-to-date replica.
    pub(crate) in_sync: Vec<i32>,
    pub(crate) low: i64,
    /// One after the newest offset.
    pub(crate) high: i64,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct TopicReport {
    /// The full name.
    pub(crate) topic: String,
    pub(crate) compacted: bool,
    /// Empty if Kafka does not have the topic.
    pub(crate) partitions: Vec<PartitionReport>,
}

/// The lag of a consumer group in a topic.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct GroupReport {
    pub(crate) group: String,
    pub(crate) topic: String,
    /// Active members, over all topics.
    pub(crate) members: usize,
    /// Unread records per partition that the group has committed an offset for.
    pub(crate) lag: BTreeMap<i32, i64>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Survey {
    /// Addresses by id.
    pub(crate) brokers: BTreeMap<i32, String>,
    pub(crate) topics: Vec<TopicReport>,
    pub(crate) groups: Vec<GroupReport>,
    /// The number of groups that are not shown.
    pub(crate) more_groups: usize,
}

pub(crate) async fn survey(log: &LogReader) -> Result<Survey, LogError> {
    let metadata = log.metadata(REQUEST_TIMEOUT).await?;
    let mut topics = Vec::new();
    let names: Vec<_> =
        metadata.topics().iter().filter(|found| found.error().is_none()).map(MetadataTopic::name).collect();
    for topic in shown(|topic| names.contains(&log.config().topic(topic).as_str())) {
        topics.push(report(log, topic, &metadata).await?);
    }
    let (groups, more_groups) = groups(log, &topics).await?;
    let brokers = metadata.brokers().iter();
    let brokers = brokers.map(|broker| (broker.id(), address(broker.host(), broker.port()))).collect();
    Ok(Survey { brokers, topics, groups, more_groups })
}

/// A broker's address as Kafka's tools write it: an IPv6 address in brackets.
fn address(host: &str, port: i32) -> String {
    if host.contains(':') && !host.starts_with('[') { format!("[{host}]:{port}") } else { format!("{host}:{port}") }
}

/// The topics that are shown: those of deliveries, and those of purchases if Kafka has one of them. Then the others are missing.
fn shown(exists: impl Fn(Topic) -> bool) -> Vec<Topic> {
    let purchases = if Topic::PURCHASES.into_iter().any(exists) { Topic::PURCHASES.as_slice() } else { &[] };
    Topic::ALL.into_iter().chain(purchases.iter().copied()).collect()
}

async fn report(log: &LogReader, topic: Topic, metadata: &Metadata) -> Result<TopicReport, LogError> {
    let name = log.config().topic(topic);
    let found = metadata.topics().iter().find(|found| found.name() == name && found.error().is_none());
    let offsets = if found.is_some() { log.bounds(topic).await? } else { BTreeMap::new() };
    let partitions = found.map(MetadataTopic::partitions).unwrap_or_default().iter();
    let mut partitions: Vec<_> = partitions
        .filter_map(|found| {
            let offsets = offsets.get(&found.id())?;
            Some(PartitionReport {
                partition: found.id(),
                leader: found.leader(),
                replicas: found.replicas().to_vec(),
                in_sync: found.isr().to_vec(),
                low: offsets.low,
                high: offsets.high,
            })
        })
        .collect();
    partitions.sort_by_key(|partition| partition.partition);
    Ok(TopicReport { topic: name, compacted: topic.is_compacted(), partitions })
}

async fn groups(log: &LogReader, topics: &[TopicReport]) -> Result<(Vec<GroupReport>, usize), LogError> {
    let found = log
        .ask("its consumer groups", |consumer| {
            let groups = consumer.fetch_group_list(None, REQUEST_TIMEOUT)?;
            let named = |group: &rdkafka::groups::GroupInfo| (group.name().to_owned(), group.members().len());
            Ok(groups.groups().iter().filter(|group| group.protocol_type() != "connect").map(named).collect::<Vec<_>>())
        })
        .await?;
    let (prefix, mut found) = (log.config().group_prefix.clone(), found);
    // Those with our prefix first, in case there are too many.
    found.sort_by_key(|(name, _)| (!name.starts_with(&prefix), name.clone()));
    let more = found.len().saturating_sub(MAX_GROUPS);
    found.truncate(MAX_GROUPS);
    let reports: Vec<_> = stream::iter(found)
        .map(|(group, members)| lag(log, group, members, topics))
        .buffer_unordered(CONCURRENCY)
        .try_collect()
        .await?;
    let mut reports: Vec<GroupReport> = reports.into_iter().flatten().collect();
    reports.sort_by(|one, other| (&one.group, &one.topic).cmp(&(&other.group, &other.topic)));
    Ok((reports, more))
}

/// The lag of a group in each topic that it has read.
async fn lag(
    log: &LogReader,
    group: String,
    members: usize,
    topics: &[TopicReport],
) -> Result<Vec<GroupReport>, LogError> {
    let mut client = log.config().client(PURPOSE)?;
    client.set("group.id", &group).set("enable.auto.commit", "false");
    let mut partitions = TopicPartitionList::new();
    for topic in topics {
        for partition in &topic.partitions {
            partitions.add_partition(&topic.topic, partition.partition);
        }
    }
    let name = group.clone();
    let consumer: BaseConsumer = client.create().map_err(ConnectionError::from)?;
    let committed = log
        .ask(&format!("the consumer group {group}"), move |_| {
            let committed = consumer.committed_offsets(partitions, REQUEST_TIMEOUT)?;
            let committed = committed.elements().into_iter().filter_map(|found| match found.offset() {
                Offset::Offset(offset) => Some((found.topic().to_owned(), found.partition(), offset)),
                _ => None,
            });
            Ok::<Vec<_>, KafkaError>(committed.collect())
        })
        .await?;
    Ok(topics
        .iter()
        .filter_map(|topic| {
            let lag: BTreeMap<_, _> = topic
                .partitions
                .iter()
                .filter_map(|partition| {
                    let mut found = committed
                        .iter()
                        .filter(|(name, number, _)| *name == topic.topic && *number == partition.partition);
                    found.next().map(|(_, _, offset)| (partition.partition, (partition.high - offset).max(0)))
                })
                .collect();
            let report = GroupReport { group: name.clone(), topic: topic.topic.clone(), members, lag };
            (!report.lag.is_empty()).then_some(report)
        })
        .collect())
}

#[cfg(test)]
#[path = "tests/survey.rs"]
mod tests;
