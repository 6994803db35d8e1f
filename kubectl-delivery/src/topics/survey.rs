//! Asks Kafka about the topics and the groups that read them.

use crate::error::Error;
use crate::log::{Log, PURPOSE};
use delivery_messages::Topic;
use futures::{StreamExt as _, TryStreamExt as _, stream};
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::KafkaError;
use rdkafka::metadata::{Metadata, MetadataTopic};
use rdkafka::{Offset, TopicPartitionList};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::time::Duration;

const QUESTION: Duration = Duration::from_secs(10);
/// The most groups whose offsets are asked for; a shared Kafka may have thousands.
const MAX_GROUPS: usize = 200;
const AT_ONCE: usize = 8;

/// One partition.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Partition {
    /// Its number.
    pub partition: i32,
    /// The broker that serves it; -1: none does.
    pub leader: i32,
    /// The brokers that keep it.
    pub replicas: Vec<i32>,
    /// Those of them that have all of it.
    pub in_sync: Vec<i32>,
    /// The oldest offset.
    pub low: i64,
    /// One after the newest.
    pub high: i64,
}

/// One topic.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TopicReport {
    /// Its full name.
    pub topic: String,
    /// Whether it keeps the newest record per key, instead of all for a time.
    pub compacted: bool,
    /// Its partitions; none: Kafka does not have it.
    pub partitions: Vec<Partition>,
}

/// How far a group is behind in a topic.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct GroupReport {
    /// The group.
    pub group: String,
    /// The topic.
    pub topic: String,
    /// The members that read now, in all topics.
    pub members: usize,
    /// The records that it has not read yet, per partition that it has begun to read.
    pub lag: BTreeMap<i32, i64>,
}

/// What Kafka says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Survey {
    /// The brokers' numbers and addresses.
    pub brokers: BTreeMap<i32, String>,
    /// The topics of Code Delivery.
    pub topics: Vec<TopicReport>,
    /// The groups that have read them.
    pub groups: Vec<GroupReport>,
    /// The groups that were not asked about.
    pub more_groups: usize,
}

/// Asks.
///
/// # Errors
/// When Kafka does not answer.
pub async fn survey(log: &Log) -> Result<Survey, Error> {
    let metadata = log.metadata(QUESTION).await?;
    let mut topics = Vec::new();
    for topic in Topic::ALL {
        topics.push(report(log, topic, &metadata).await?);
    }
    let (groups, more_groups) = groups(log, &topics).await?;
    let brokers = metadata.brokers().iter();
    let brokers = brokers.map(|broker| (broker.id(), format!("{}:{}", broker.host(), broker.port()))).collect();
    Ok(Survey { brokers, topics, groups, more_groups })
}

async fn report(log: &Log, topic: Topic, metadata: &Metadata) -> Result<TopicReport, Error> {
    let name = log.config().topic(topic);
    let found = metadata.topics().iter().find(|found| found.name() == name && found.error().is_none());
    let offsets = if found.is_some() { log.offsets(topic).await? } else { BTreeMap::new() };
    let partitions = found.map(MetadataTopic::partitions).unwrap_or_default().iter();
    let mut partitions: Vec<_> = partitions
        .filter_map(|found| {
            let offsets = offsets.get(&found.id())?;
            Some(Partition {
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

async fn groups(log: &Log, topics: &[TopicReport]) -> Result<(Vec<GroupReport>, usize), Error> {
    let found = log
        .ask("its consumer groups", |consumer| {
            let groups = consumer.fetch_group_list(None, QUESTION)?;
            let named = |group: &rdkafka::groups::GroupInfo| (group.name().to_owned(), group.members().len());
            Ok(groups.groups().iter().filter(|group| group.protocol_type() != "connect").map(named).collect::<Vec<_>>())
        })
        .await?;
    let (prefix, mut found) = (log.config().group_prefix.clone(), found);
    // Ours first, should there be too many.
    found.sort_by_key(|(name, _)| (!name.starts_with(&prefix), name.clone()));
    let more = found.len().saturating_sub(MAX_GROUPS);
    found.truncate(MAX_GROUPS);
    let reports: Vec<_> = stream::iter(found)
        .map(|(group, members)| lag(log, group, members, topics))
        .buffer_unordered(AT_ONCE)
        .try_collect()
        .await?;
    let mut reports: Vec<GroupReport> = reports.into_iter().flatten().collect();
    reports.sort_by(|one, other| (&one.group, &one.topic).cmp(&(&other.group, &other.topic)));
    Ok((reports, more))
}

/// How far a group is behind in each topic that it has read.
async fn lag(log: &Log, group: String, members: usize, topics: &[TopicReport]) -> Result<Vec<GroupReport>, Error> {
    let mut client = log.config().client(PURPOSE)?;
    client.set("group.id", &group).set("enable.auto.commit", "false");
    let mut asked = TopicPartitionList::new();
    for topic in topics {
        for partition in &topic.partitions {
            asked.add_partition(&topic.topic, partition.partition);
        }
    }
    let name = group.clone();
    let committed = log
        .ask(&format!("the consumer group {group}"), move |_| {
            let consumer: BaseConsumer = client.create()?;
            let committed = consumer.committed_offsets(asked, QUESTION)?;
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
