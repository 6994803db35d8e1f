//! The producer of dead letters against librdkafka's mock cluster.

#![allow(clippy::unwrap_used, reason = "a test ends with the first thing that is wrong")]

use std::time::Duration;

use delivery_kafka::{DeadLetterProducer, DeadLetterRecord, KafkaConfig, Reader, Start};
use delivery_messages::Topic;
use rdkafka::mocking::MockCluster;
use rdkafka::types::{RDKafkaApiKey, RDKafkaRespErr};
use rdkafka::{Message, Offset};
use tokio::time::timeout;

#[tokio::test]
async fn a_producer_that_has_failed_for_good_is_replaced_and_the_dead_letter_arrives() {
    let cluster = MockCluster::new(1).unwrap();
    let config = KafkaConfig {
        bootstrap_servers: cluster.bootstrap_servers(),
        topic_prefix: String::new(),
        group_prefix: String::new(),
        properties_directory: None,
    };
    let topic = config.topic(Topic::DeadLetters);
    cluster.create_topic(&topic, 1, 1).unwrap();
    // Refused once, an idempotent producer never asks for its id again.
    let refused = [RDKafkaRespErr::RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED];
    cluster.request_errors(RDKafkaApiKey::InitProducerId, &refused);
    let producer = DeadLetterProducer::open(&config, "test", topic.clone()).unwrap();
    let letter = DeadLetterRecord { key: "compra/0/7".to_owned(), value: b"{".to_vec(), headers: Vec::new() };
    timeout(Duration::from_secs(90), producer.insist(&letter)).await.expect("it is never sent");
    let reader = Reader::open(&config, "test", &Start::each(&topic, [0], Offset::Beginning)).unwrap();
    let mut keys = Vec::new();
    reader.read_to_end(|record| keys.push(record.key().unwrap_or_default().to_vec())).await.unwrap();
    assert_eq!(keys, [b"compra/0/7".to_vec()]);
}
