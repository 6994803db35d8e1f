//! How the Kafka topics are to be, and what differs when they are not so. Pure.

use crate::config::Topics;
use delivery_kafka::KafkaConfig;
use delivery_messages::Topic;
use std::collections::BTreeMap;

/// How a topic is to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// Its full name.
    pub name: String,
    /// Its partitions.
    pub partitions: i32,
    /// The replicas of each.
    pub replication_factor: i32,
    /// Its settings.
    pub settings: BTreeMap<&'static str, String>,
}

/// How the topics are to be.
#[must_use]
pub fn wanted(kafka: &KafkaConfig, topics: &Topics) -> Vec<Wanted> {
    Topic::ALL
        .into_iter()
        .map(|topic| {
            let values = topics.of(topic);
            let mut settings = BTreeMap::from([
                ("min.insync.replicas", values.min_insync_replicas.to_string()),
                ("message.timestamp.type", "LogAppendTime".to_owned()),
            ]);
            if topic.is_compacted() {
                // The active segment is never compacted; small and young ones keep the start of a reader short.
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
pub struct Found {
    /// Its partitions.
    pub partitions: usize,
    /// The replicas of its first partition.
    pub replicas: usize,
    /// Its settings, as far as the cluster tells them.
    pub settings: BTreeMap<String, String>,
}

/// What of a topic is not as it is to be, in a sentence; `None` when all is.
#[must_use]
pub fn drift(wanted: &Wanted, found: &Found) -> Option<String> {
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
            "The topic {} is not as configured: {}. Change it in Kafka, or the values.",
            wanted.name,
            differences.join(", ")
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::tests::example;

    fn find(name: &str) -> Wanted {
        let config = example();
        wanted(&config.kafka, &config.topics).into_iter().find(|topic| topic.name == name).unwrap()
    }

    fn as_wanted(wanted: &Wanted) -> Found {
        Found {
            partitions: usize::try_from(wanted.partitions).unwrap(),
            replicas: usize::try_from(wanted.replication_factor).unwrap(),
            settings: wanted.settings.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect(),
        }
    }

    #[test]
    fn the_newest_facts_are_compacted_and_events_are_kept_for_a_time() {
        let state = find("delivery.state");
        assert_eq!(state.settings["cleanup.policy"], "compact");
        assert_eq!(state.settings["segment.bytes"], "16777216");
        assert!(!state.settings.contains_key("retention.ms"));
        let positions = find("route.new-position");
        assert_eq!(positions.settings["cleanup.policy"], "delete");
        assert_eq!(positions.settings["retention.ms"], (168_i64 * 3_600_000).to_string());
        for topic in [state, positions] {
            assert_eq!(topic.settings["message.timestamp.type"], "LogAppendTime");
            assert_eq!(topic.settings["min.insync.replicas"], "2");
            assert_eq!((topic.partitions, topic.replication_factor), (6, 3));
        }
    }

    #[test]
    fn a_topic_as_configured_has_not_drifted() {
        let wanted = find("delivery.plan");
        assert_eq!(drift(&wanted, &as_wanted(&wanted)), None);
    }

    #[test]
    fn a_drifted_topic_is_told_with_what_differs_and_the_way_out() {
        let wanted = find("delivery.plan");
        let mut found = as_wanted(&wanted);
        found.partitions = 3;
        found.settings.insert("cleanup.policy".to_owned(), "delete".to_owned());
        let message = drift(&wanted, &found).unwrap();
        assert!(message.contains("the number of partitions is 3 instead of 6"), "{message}");
        assert!(message.contains("cleanup.policy is delete instead of compact"), "{message}");
        assert!(message.ends_with("Change it in Kafka, or the values."), "{message}");
    }
}
