use rdkafka::mocking::MockCluster;

use super::*;

#[tokio::test]
async fn a_client_is_made_for_the_first_letter_and_kept_for_the_next() {
    const TOPIC: &str = "dead-letters";
    let cluster = MockCluster::new(1).unwrap();
    cluster.create_topic(TOPIC, 1, 1).unwrap();
    let config = KafkaConfig {
        bootstrap_servers: cluster.bootstrap_servers(),
        topic_prefix: String::new(),
        group_prefix: String::new(),
        properties_directory: None,
    };
    let producer = DeadLetterProducer::open(&config, "test", TOPIC.to_owned()).unwrap();
    assert!(producer.producer().is_none());
    let letter = DeadLetterRecord { key: "compra/0/7".to_owned(), value: b"{".to_vec(), headers: Vec::new() };
    producer.insist(&letter).await;
    let first = producer.producer().clone().unwrap();
    producer.insist(&letter).await;
    assert!(Arc::ptr_eq(&first, &producer.client().unwrap()));
}
