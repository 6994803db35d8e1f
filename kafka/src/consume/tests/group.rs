use std::fs;
use std::time::Instant;

use rdkafka::mocking::MockCluster;
use rdkafka::producer::{DefaultProducerContext, FutureProducer, FutureRecord};
use rdkafka::types::{RDKafkaApiKey, RDKafkaRespErr};

use super::*;
use crate::connect::context::Context;

/// A group whose consumer has read a record, so that it is a member.
async fn member(broker: &MockCluster<'static, DefaultProducerContext>) -> GroupConsumer<Context> {
    broker.create_topic("news", 1, 1).unwrap();
    let mut settings = ClientConfig::new();
    settings.set("bootstrap.servers", broker.bootstrap_servers());
    let producer: FutureProducer = settings.create().unwrap();
    producer.send(FutureRecord::<str, str>::to("news").payload("one"), LEAVE).await.unwrap();
    settings.set("group.id", "readers").set("auto.offset.reset", "earliest");
    settings.set("partition.assignment.strategy", "cooperative-sticky");
    let consumer = GroupConsumer::open(&settings, Context).unwrap();
    consumer.subscribe(&["news"]).unwrap();
    consumer.recv().await.unwrap();
    consumer
}

#[tokio::test(flavor = "multi_thread")]
async fn a_group_is_left_at_once_while_the_broker_answers() {
    let broker = MockCluster::new(1).unwrap();
    let consumer = member(&broker).await;
    let begun = Instant::now();
    drop(consumer);
    assert!(begun.elapsed() < LEAVE, "{:?}", begun.elapsed());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broker_that_does_not_answer_holds_up_nobody_who_leaves() {
    let broker = MockCluster::new(1).unwrap();
    let consumer = member(&broker).await;
    broker.broker_round_trip_time(1, Duration::from_mins(5)).unwrap();
    let begun = Instant::now();
    drop(consumer);
    assert!(begun.elapsed() < LEAVE + Duration::from_secs(1), "{:?}", begun.elapsed());
}

/// The offset that the group has committed.
fn committed(consumer: &GroupConsumer<Context>) -> Offset {
    let mut partition = TopicPartitionList::new();
    partition.add_partition("news", 0);
    let found = consumer.committed_offsets(partition, LEAVE).unwrap();
    found.elements()[0].offset()
}

async fn until_committed(consumer: &GroupConsumer<Context>, next: i64) {
    let begun = Instant::now();
    while committed(consumer) != Offset::Offset(next) {
        assert!(begun.elapsed() < Duration::from_secs(20), "{:?}", committed(consumer));
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_committed_is_where_the_group_goes_on() {
    let broker = MockCluster::new(1).unwrap();
    let consumer = member(&broker).await;
    tokio::time::sleep(Duration::from_millis(500)).await;
    assert_eq!(committed(&consumer), Offset::Invalid, "nothing is committed by itself");
    consumer.commit_next(&NextOffsets::from([(("news".to_owned(), 0), 1)]));
    until_committed(&consumer, 1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_brokers_refused_while_the_group_was_divided_is_committed_afterwards() {
    let broker = MockCluster::new(1).unwrap();
    let consumer = member(&broker).await;
    let divided = RDKafkaRespErr::RD_KAFKA_RESP_ERR_REBALANCE_IN_PROGRESS;
    broker.request_errors(RDKafkaApiKey::OffsetCommit, &[divided; 2]);
    consumer.commit_next(&NextOffsets::from([(("news".to_owned(), 0), 1)]));
    until_committed(&consumer, 1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_group_is_joined_whatever_the_properties_let_producers_write() {
    let broker = MockCluster::new(1).unwrap();
    let directory = std::env::temp_dir().join(format!("kafka-group-properties-{}", std::process::id()));
    fs::create_dir_all(&directory).unwrap();
    // The client refuses to fetch less at once than the longest record that it may write.
    fs::write(directory.join("message.max.bytes"), "5000000").unwrap();
    let kafka = KafkaConfig {
        bootstrap_servers: broker.bootstrap_servers(),
        topic_prefix: String::new(),
        group_prefix: String::new(),
        properties_directory: Some(directory.clone()),
    };
    let settings = settings(&kafka, "readers").unwrap();
    fs::remove_dir_all(directory).unwrap();
    GroupConsumer::open(&settings, Context).unwrap();
}
