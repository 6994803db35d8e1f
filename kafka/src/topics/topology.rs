//! How the Kafka topics should be, and how an existing topic differs. Pure.
//!
//! The operator creates the topics by it and watches over them; other programs only compare. Asking Kafka how topics are is left to
//! [`crate::topics::description`].

use std::collections::BTreeMap;
use std::fmt;

use delivery_messages::Topic;
use serde::{Deserialize, Serialize};

use crate::connect::connection::KafkaConfig;

/// The settings that topics are created with. The compacted ones keep the newest record of each key, whatever the retention.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct TopicsConfig {
    /// Partitions of a topic; `delivery.erased` and `customer.erased` have one.
    pub partitions: i32,
    /// Replicas of each partition.
    pub replication_factor: i32,
    /// Replicas that must have a record before its write is acknowledged.
    pub min_insync_replicas: i32,
    /// Hours that records are kept; -1: forever.
    pub retention_hours: i64,
    /// Bytes of each partition that are kept; -1: without limit.
    pub retention_bytes: i64,
    /// Whether there are also the topics of purchases, invoices and notifications.
    pub purchases: bool,
    /// Settings of single topics, by their names without the prefix.
    pub overrides: BTreeMap<Topic, TopicOverride>,
}

/// The settings of one topic that differ.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct TopicOverride {
    /// See [`TopicsConfig::partitions`].
    pub partitions: Option<i32>,
    /// See [`TopicsConfig::replication_factor`].
    pub replication_factor: Option<i32>,
    /// See [`TopicsConfig::min_insync_replicas`].
    pub min_insync_replicas: Option<i32>,
    /// See [`TopicsConfig::retention_hours`].
    pub retention_hours: Option<i64>,
    /// See [`TopicsConfig::retention_bytes`].
    pub retention_bytes: Option<i64>,
}

/// What one topic is created with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TopicValues {
    /// See [`TopicsConfig::partitions`].
    pub partitions: i32,
    /// See [`TopicsConfig::replication_factor`].
    pub replication_factor: i32,
    /// See [`TopicsConfig::min_insync_replicas`].
    pub min_insync_replicas: i32,
    /// See [`TopicsConfig::retention_hours`].
    pub retention_hours: i64,
    /// See [`TopicsConfig::retention_bytes`].
    pub retention_bytes: i64,
}

impl TopicsConfig {
    /// The topics that the installation has.
    pub fn topics(&self) -> impl Iterator<Item = Topic> + use<> {
        let purchases = if self.purchases { Topic::PURCHASES.as_slice() } else { &[] };
        Topic::ALL.into_iter().chain(purchases.iter().copied())
    }

    /// What one topic is created with.
    #[must_use]
    pub fn of(&self, topic: Topic) -> TopicValues {
        let own = self.overrides.get(&topic).cloned().unwrap_or_default();
        // A short list, read whole by every service: one partition, unless this topic itself is overridden.
        let is_short = matches!(topic, Topic::Erased | Topic::CustomerErased);
        TopicValues {
            partitions: own.partitions.unwrap_or(if is_short { 1 } else { self.partitions }),
            replication_factor: own.replication_factor.unwrap_or(self.replication_factor),
            min_insync_replicas: own.min_insync_replicas.unwrap_or(self.min_insync_replicas),
            retention_hours: own.retention_hours.unwrap_or(self.retention_hours),
            retention_bytes: own.retention_bytes.unwrap_or(self.retention_bytes),
        }
    }
}

impl Default for TopicsConfig {
    fn default() -> Self {
        Self {
            partitions: 6,
            replication_factor: 3,
            min_insync_replicas: 2,
            retention_hours: 168,
            retention_bytes: 1 << 30,
            purchases: false,
            overrides: BTreeMap::new(),
        }
    }
}

/// How a topic should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// With the prefix.
    pub name: String,
    /// The number of its partitions.
    pub partitions: i32,
    /// Replicas of each partition.
    pub replication_factor: i32,
    /// Kafka's settings of a topic, by name.
    pub settings: BTreeMap<&'static str, String>,
}

/// How the topics that the installation has should be.
#[must_use]
pub fn wanted(kafka: &KafkaConfig, topics: &TopicsConfig) -> Vec<Wanted> {
    topics
        .topics()
        .map(|topic| {
            let values = topics.of(topic);
            let mut settings = BTreeMap::from([
                ("min.insync.replicas", values.min_insync_replicas.to_string()),
                (TIMESTAMP_TYPE, "LogAppendTime".to_owned()),
            ]);
            if topic.is_compacted() {
                // The active segment is never compacted; small and short-lived segments keep what a new reader must read small.
                settings.extend([
                    (CLEANUP_POLICY, "compact".to_owned()),
                    ("segment.bytes", (16 << 20).to_string()),
                    ("segment.ms", TEN_MINUTES.to_owned()),
                    ("max.compaction.lag.ms", TEN_MINUTES.to_owned()),
                ]);
            } else {
                let hours = values.retention_hours;
                settings.extend([
                    (CLEANUP_POLICY, "delete".to_owned()),
                    ("retention.ms", if hours < 0 { -1 } else { hours * 3_600_000 }.to_string()),
                    ("retention.bytes", values.retention_bytes.to_string()),
                ]);
            }
            Wanted {
                name: kafka.topic(topic),
                partitions: values.partitions,
                replication_factor: values.replication_factor,
                settings,
            }
        })
        .collect()
}

const CLEANUP_POLICY: &str = "cleanup.policy";
const TIMESTAMP_TYPE: &str = "message.timestamp.type";
const TEN_MINUTES: &str = "600000";

/// How a topic is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Found {
    /// The number of its partitions.
    pub partitions: usize,
    /// Of its first partition.
    pub replicas: usize,
    /// As far as the brokers disclose them.
    pub settings: BTreeMap<String, String>,
}

/// One way in which a topic differs. Its text is the part of a sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// A setting of Kafka's, or what is counted.
    pub what: &'static str,
    /// As it should be.
    pub wanted: String,
    /// As it is.
    pub found: String,
}

impl fmt::Display for Difference {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} is {} instead of {}", self.what, self.found, self.wanted)
    }
}

impl Difference {
    /// Whether data is lost or misread because of it: records that must stay are deleted, those that must go stay, or times are not
    /// the brokers'. Other differences only change how much Kafka keeps and bears.
    #[must_use]
    pub fn is_harmful(&self) -> bool {
        [CLEANUP_POLICY, TIMESTAMP_TYPE].contains(&self.what)
    }
}

/// How a topic differs; nothing when it does not. A setting that the brokers do not disclose does not.
#[must_use]
pub fn differences(wanted: &Wanted, found: &Found) -> Vec<Difference> {
    let counts = [
        ("the number of partitions", wanted.partitions.to_string(), found.partitions.to_string()),
        ("the replication factor", wanted.replication_factor.to_string(), found.replicas.to_string()),
    ];
    let settings = wanted.settings.iter().filter_map(|(name, value)| {
        let found = found.settings.get(*name)?;
        Some((*name, value.clone(), found.clone()))
    });
    let all = counts.into_iter().chain(settings).filter(|(_, wanted, found)| wanted != found);
    all.map(|(what, wanted, found)| Difference { what, wanted, found }).collect()
}

/// Whether a topic had better not be used before it is put right: a difference is harmful, or it has too few partitions, which stay few once
/// there are records.
#[must_use]
pub fn is_unfit(wanted: &Wanted, found: &Found) -> bool {
    let is_small = usize::try_from(wanted.partitions).is_ok_and(|wanted| found.partitions < wanted);
    is_small || is_harmed(wanted, found)
}

/// Whether a difference of a topic is harmful.
#[must_use]
pub fn is_harmed(wanted: &Wanted, found: &Found) -> bool {
    differences(wanted, found).iter().any(Difference::is_harmful)
}

/// The way out of differences.
pub const REMEDY: &str = "Change the topic in Kafka, or the chart's values.";

/// How a topic differs, in a sentence, with the way out; `None` when it does not.
#[must_use]
pub fn drift(wanted: &Wanted, found: &Found) -> Option<String> {
    let differences = differences(wanted, found);
    (!differences.is_empty()).then(|| format!("{} {REMEDY}", sentence(&wanted.name, &differences)))
}

/// A sentence that names the topic and these differences.
#[must_use]
pub fn sentence<'a>(topic: &str, differences: impl IntoIterator<Item = &'a Difference>) -> String {
    let differences: Vec<_> = differences.into_iter().map(ToString::to_string).collect();
    format!("The topic {topic} is not as configured: {}.", differences.join(", "))
}

#[cfg(test)]
#[path = "tests/topology.rs"]
mod tests;
