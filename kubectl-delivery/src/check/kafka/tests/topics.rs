use delivery_kafka::KafkaConfig;
use delivery_kafka::topics::topology::{TopicsConfig, wanted};

use super::*;
use crate::check::finding::Verdict;

fn all() -> Vec<Wanted> {
    let kafka: KafkaConfig = serde_yaml::from_str("{bootstrapServers: 'kafka:9092', topicPrefix: north.}").unwrap();
    wanted(&kafka, &TopicsConfig::default())
}

/// Every topic as it should be.
fn as_wanted(all: &[Wanted]) -> BTreeMap<String, Found> {
    let found = |topic: &Wanted| Found {
        partitions: usize::try_from(topic.partitions).unwrap(),
        replicas: usize::try_from(topic.replication_factor).unwrap(),
        settings: topic.settings.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect(),
    };
    all.iter().map(|topic| (topic.name.clone(), found(topic))).collect()
}

#[test]
fn topics_as_configured_are_one_line() {
    let all = all();
    let found = judge(&all, &as_wanted(&all));
    assert_eq!(found.iter().map(|one| one.result).collect::<Vec<_>>(), [Verdict::Right]);
    assert!(found[0].message.starts_with("All 8 topics exist"), "{}", found[0].message);
}

#[test]
fn a_wrong_cleanup_policy_is_wrong_and_other_differences_are_warnings() {
    let all = all();
    let mut topics = as_wanted(&all);
    let plans = topics.get_mut("north.delivery.plan").unwrap();
    plans.settings.insert("cleanup.policy".into(), "delete".into());
    plans.partitions = 3;
    let found = judge(&all, &topics);
    assert_eq!(
        found.iter().map(|one| (one.result, one.message.as_str())).collect::<Vec<_>>(),
        [
            (
                Verdict::Wrong,
                "The topic north.delivery.plan is not as configured: cleanup.policy is delete instead of compact."
            ),
            (
                Verdict::Warning,
                "The topic north.delivery.plan is not as configured: the number of partitions is 3 instead of 6."
            ),
        ]
    );
    assert_eq!(found[0].way_out.as_deref(), Some(REMEDY));
}

#[test]
fn a_missing_topic_is_wrong_and_settings_that_kafka_does_not_tell_are_a_warning() {
    let all = all();
    let mut topics = as_wanted(&all);
    topics.remove("north.route.new-position");
    topics.get_mut("north.dead-letters").unwrap().settings.clear();
    let found = judge(&all, &topics);
    assert_eq!(found[0].message, "The topic north.route.new-position does not exist.");
    assert_eq!(found[0].result, Verdict::Wrong);
    assert!(found[1].way_out.as_ref().unwrap().contains("DescribeConfigs"), "{found:?}");
    assert_eq!(found.len(), 2);
}
