use super::*;

/// A small configuration, for tests of all modules.
pub(crate) fn example() -> Config {
    serde_yaml::from_str(
        "
            source: shop/code-delivery
            watchNamespaces: [shop]
            lease: { namespace: shop, name: code-delivery-operator }
            kafka: { bootstrapServers: kafka:9092 }
            requests: { namespace: shop, maxActive: 3, maxActivePerClient: 2 }
            simulator:
              image: registry.example.com/simulator:1
              serviceAccountName: simulator
              labels: { app.kubernetes.io/name: code-delivery-simulator }
            ",
    )
    .unwrap()
}

#[test]
fn a_short_file_is_enough() {
    let config = example();
    config.check().unwrap();
    assert_eq!(config.topics.of(delivery_messages::Topic::Plan).partitions, 6);
    assert_eq!(config.simulator.image_pull_policy, "IfNotPresent");
    assert_eq!(config.requests.ttl_seconds_after_finished, Some(3600));
}

#[test]
fn a_mistyped_field_is_refused_by_its_name() {
    let error = serde_yaml::from_str::<TopicsConfig>("partition: 3").unwrap_err().to_string();
    assert!(error.contains("partition") && error.contains("partitions"), "{error}");
    assert!(serde_yaml::from_str::<TopicsConfig>("overrides: { route.nowhere: { partitions: 1 } }").is_err());
}

#[test]
fn a_topic_may_have_values_of_its_own() {
    let topics: TopicsConfig =
        serde_yaml::from_str("{ partitions: 2, overrides: { route.new-position: { partitions: 12 } } }").unwrap();
    assert_eq!(topics.of(delivery_messages::Topic::NewPosition).partitions, 12);
    assert_eq!(topics.of(delivery_messages::Topic::NewPosition).replication_factor, 3);
    assert_eq!(topics.of(delivery_messages::Topic::Plan).partitions, 2);
    assert_eq!(topics.of(delivery_messages::Topic::Erased).partitions, 1);
}

#[test]
fn the_topics_of_purchases_exist_and_are_checked_only_where_they_are_wanted() {
    let too_few = "{ replicationFactor: 3, overrides: { compra: { replicationFactor: 1 } } }";
    let mut config = example();
    config.topics = serde_yaml::from_str(too_few).unwrap();
    config.check().unwrap();
    assert_eq!(config.topics.topics().count(), 8);
    config.topics.purchases = true;
    assert_eq!(config.topics.topics().count(), 13);
    let expected = Contradiction::TooFewReplicas { topic: "compra", minimum: 2, replicas: 1 };
    assert_eq!(config.check(), Err(expected));
    let wanted = delivery_kafka::topics::topology::wanted(&config.kafka, &config.topics);
    let names: Vec<&str> = wanted.iter().map(|topic| topic.name.as_str()).collect();
    for name in
        ["compra", "invoice.issued", "notifications.send-notification", "notifications.changed", "customer.erased"]
    {
        assert!(names.contains(&name), "{names:?}");
    }
}

#[test]
fn contradictions_are_reported_before_anything_starts() {
    let mut config = example();
    config.requests.namespace = "elsewhere".to_owned();
    assert_eq!(config.check(), Err(Contradiction::RequestsUnwatched("elsewhere".to_owned())));
    let mut config = example();
    config.watch_namespaces.clear();
    assert_eq!(config.check(), Err(Contradiction::NothingWatched));
    let mut config = example();
    config.topics.replication_factor = 1;
    assert!(matches!(config.check(), Err(Contradiction::TooFewReplicas { minimum: 2, replicas: 1, .. })));
    let mut config = example();
    config.topics.partitions = 0;
    assert_eq!(config.check(), Err(Contradiction::NotPositive("partitions")));
    let mut config = example();
    config.retention.ended_deliveries_hours = 0;
    assert_eq!(config.check(), Err(Contradiction::NoRetention(0)));
    let mut config = example();
    config.source = String::new();
    assert_eq!(config.check(), Err(Contradiction::NoSource));
}
