//! How the Kafka topics should be, and how an existing topic differs. Pure.

use std::collections::BTreeMap;

use delivery_kafka::KafkaConfig;
use delivery_messages::Topic;

use crate::base::config::Topics;

/// How a topic should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Wanted {
    /// With the prefix.
    pub name: String,
    pub partitions: i32,
    pub replication_factor: i32,
    pub settings: BTreeMap<&'static str, String>,
}

/// How all topics should be.
#[must_use]
pub(crate) fn wanted(kafka: &KafkaConfig, topics: &Topics) -> Vec<Wanted> {
    Topic::ALL
        .into_iter()
        .map(|topic| {
            let values = topics.of(topic);
            let mut settings = BTreeMap::from([
                ("min.insync.replicas", values.min_insync_replicas.to_string()),
                ("message.timestamp.type", "LogAppendTime".to_owned()),
            ]);
            if topic.is_compacted() {
                // The active segment is never compacted; small and short-lived segments keep what a new reader must read small.
                settings.extend([
                    ("cleanup.policy", "compact".to_owned()),
                    ("segment.bytes", (16 << 20).to_string()),
                    ("segment.ms", TEN_MINUTES.to_owned()),
                    ("max.compaction.lag.ms", TEN_MINUTES.to_owned()),
                ]);
            } else {
                let hours = values.retention_hours;
                settings.extend([
                    ("cleanup.policy", "delete".to_owned()),
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

const TEN_MINUTES: &str = "600000";

/// How a topic is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Found {
    pub partitions: usize,
    /// Of its first partition.
    pub replicas: usize,
    /// As far as the brokers disclose them.
    pub settings: BTreeMap<String, String>,
}

/// How a topic differs, in a sentence; `None` when it does not.
#[must_use]
pub(crate) fn drift(wanted: &Wanted, found: &Found) -> Option<String> {
    let mut differences = Vec::new();
    let mut differ = |what: &str, wanted: &str, found: &str| {
        if wanted != found {
            differences.push(format!("{what} is {found} instead of {wanted}"));
        }
    };
    differ("the number of partitions", &wanted.partitions.to_string(), &found.partitions.to_string());
    differ("the replication factor", &wanted.replication_factor.to_string(), &found.replicas.to_string());
    for (name, value) in &wanted.settings {
        if let Some(found) = found.settings.get(*name) {
            differ(name, value, found);
        }
    }
    (!differences.is_empty()).then(|| {
        format!(
            "The topic {} is not as configured: {}. Change the topic in Kafka, or the chart's values.",
            wanted.name,
            differences.join(", ")
        )
    })
}

#[cfg(test)]
#[path = "tests/topology.rs"]
mod tests;
