use super::*;

fn find(name: &str) -> Wanted {
    let kafka = KafkaConfig {
        bootstrap_servers: "kafka:9092".to_owned(),
        topic_prefix: String::new(),
        group_prefix: String::new(),
        properties_directory: None,
    };
    wanted(&kafka, &TopicsConfig::default()).into_iter().find(|topic| topic.name == name).unwrap()
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
fn a_drifted_topic_is_reported_with_what_differs_and_the_way_out() {
    let wanted = find("delivery.plan");
    let mut found = as_wanted(&wanted);
    found.partitions = 3;
    found.settings.insert("cleanup.policy".to_owned(), "delete".to_owned());
    let message = drift(&wanted, &found).unwrap();
    assert!(message.contains("the number of partitions is 3 instead of 6"), "{message}");
    assert!(message.contains("cleanup.policy is delete instead of compact"), "{message}");
    assert!(message.ends_with("Change the topic in Kafka, or the chart's values."), "{message}");
}

#[test]
fn a_difference_is_harmful_if_data_is_lost_or_misread() {
    let wanted = find("delivery.plan");
    let mut found = as_wanted(&wanted);
    found.replicas = 1;
    found.settings.insert("segment.ms".to_owned(), "7".to_owned());
    assert!(differences(&wanted, &found).iter().all(|difference| !difference.is_harmful()));
    for (name, value) in [("cleanup.policy", "delete"), ("message.timestamp.type", "CreateTime")] {
        let mut found = as_wanted(&wanted);
        found.settings.insert(name.to_owned(), value.to_owned());
        let differences = differences(&wanted, &found);
        assert_eq!(differences.iter().map(|one| (one.what, one.is_harmful())).collect::<Vec<_>>(), [(name, true)]);
    }
}

#[test]
fn a_topic_with_too_few_partitions_or_a_harmful_difference_is_unfit_and_one_that_only_bears_less_is_not() {
    let wanted = find("delivery.plan");
    let fit = Found { replicas: 1, partitions: 9, ..as_wanted(&wanted) };
    assert!(!is_unfit(&wanted, &fit) && !is_harmed(&wanted, &fit));
    let small = Found { partitions: 1, ..as_wanted(&wanted) };
    assert!(is_unfit(&wanted, &small) && !is_harmed(&wanted, &small));
    let mut deleting = as_wanted(&wanted);
    deleting.settings.insert("cleanup.policy".to_owned(), "delete".to_owned());
    assert!(is_unfit(&wanted, &deleting) && is_harmed(&wanted, &deleting));
}

#[test]
fn a_setting_that_the_brokers_do_not_disclose_is_no_difference() {
    let wanted = find("delivery.plan");
    let found = Found { settings: BTreeMap::new(), ..as_wanted(&wanted) };
    assert!(differences(&wanted, &found).is_empty());
}
