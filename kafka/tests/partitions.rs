//! What a topic's partitions hold, asked of the mock cluster that comes with the client library: not a real Kafka.

#![allow(clippy::unwrap_used, reason = "a test ends with the first thing that is wrong")]

use std::sync::Arc;
use std::time::Duration;

use delivery_kafka::read::partitions;
use delivery_kafka::write::writer;
use delivery_kafka::{Bounds, DeadLetterRecord, KafkaConfig, Start, ask};
use delivery_messages::DeadLetter;
use rdkafka::Offset;
use rdkafka::consumer::BaseConsumer;
use rdkafka::error::KafkaError;
use rdkafka::mocking::MockCluster;
use rdkafka::producer::{DefaultProducerContext, FutureProducer};
use rdkafka::util::Timeout;

const LETTERS: &str = "dead-letters";
const LIMIT: Duration = Duration::from_secs(5);

fn cluster() -> (MockCluster<'static, DefaultProducerContext>, KafkaConfig) {
    let mock = MockCluster::new(1).unwrap();
    let config = KafkaConfig {
        bootstrap_servers: mock.bootstrap_servers(),
        topic_prefix: String::new(),
        group_prefix: String::new(),
        properties_directory: None,
    };
    (mock, config)
}

fn producer(config: &KafkaConfig) -> Arc<FutureProducer> {
    Arc::new(writer::settings(config, "test").unwrap().create().unwrap())
}

#[tokio::test]
async fn a_topic_is_waited_for_until_it_is_created() {
    let (mock, config) = cluster();
    let create = async {
        tokio::time::sleep(Duration::from_millis(300)).await;
        mock.create_topic(LETTERS, 3, 1).unwrap();
    };
    let (count, ()) = tokio::join!(partitions::wait(&config, "test", LETTERS), create);
    assert_eq!(count.unwrap(), 3);
}

#[tokio::test]
async fn bounds_are_asked_by_any_client_and_move_with_each_record() {
    let (mock, config) = cluster();
    mock.create_topic(LETTERS, 2, 1).unwrap();
    let producer = producer(&config);
    assert_eq!(partitions::count(&producer, LETTERS, LIMIT).await.unwrap(), Some(2));
    let letter = DeadLetter {
        topic: "route.new-direction",
        partition: 2,
        offset: 41,
        value: b"{",
        reason: "MalformedRecord",
        message: "It is no JSON.".into(),
        service: "operator",
        request_id: None,
    };
    let record = DeadLetterRecord::from(&letter);
    assert_eq!((record.key.as_str(), record.value.as_slice()), ("route.new-direction/2/41", b"{".as_slice()));
    record.send(&producer, LETTERS, Timeout::After(LIMIT)).await.unwrap();
    record.send(&producer, LETTERS, Timeout::After(LIMIT)).await.unwrap();
    let bounds = partitions::bounds(&producer, LETTERS, 0..2, LIMIT).await.unwrap();
    assert_eq!(bounds.keys().copied().collect::<Vec<_>>(), [0, 1]);
    let mut bounds: Vec<_> = bounds.into_values().collect();
    bounds.sort_by_key(|bounds| bounds.high);
    assert_eq!(bounds, [Bounds { low: 0, high: 0 }, Bounds { low: 0, high: 2 }], "both have the same key");
    let consumer: Arc<BaseConsumer> = Arc::new(config.client("test").unwrap().create().unwrap());
    let ends = partitions::ends(&consumer, LETTERS, 0..2, LIMIT).await.unwrap();
    let mut at: Vec<_> = ends.values().copied().collect();
    at.sort_unstable();
    assert_eq!((ends.len(), at), (2, vec![0, 2]));
}

#[tokio::test]
async fn a_partition_without_a_leader_hides_its_own_bounds_alone() {
    let (mock, config) = cluster();
    mock.create_topic(LETTERS, 3, 1).unwrap();
    mock.partition_leader(LETTERS, 1, None).unwrap();
    let consumer: Arc<BaseConsumer> = Arc::new(config.client("test").unwrap().create().unwrap());
    let known = async || partitions::known_bounds(&consumer, LETTERS, 0..3, LIMIT).await;
    let bounds = known().await.unwrap();
    assert_eq!(bounds.keys().copied().collect::<Vec<_>>(), [0, 2]);
    assert!(bounds.values().all(|bounds| *bounds == Bounds { low: 0, high: 0 }));
    mock.partition_leader(LETTERS, 1, Some(1)).unwrap();
    // The client learns of it as soon as it is told of the topic anew.
    partitions::count(&consumer, LETTERS, LIMIT).await.unwrap();
    assert_eq!(known().await.unwrap().len(), 3);
    for partition in 0..3 {
        mock.partition_leader(LETTERS, partition, None).unwrap();
    }
    partitions::count(&consumer, LETTERS, LIMIT).await.unwrap();
    assert!(known().await.is_err(), "nothing is known of a topic without leaders");
}

#[tokio::test]
async fn a_question_that_fails_fails_alone() {
    let (_mock, config) = cluster();
    let consumer: Arc<BaseConsumer> = Arc::new(config.client("test").unwrap().create().unwrap());
    let refused = ask(&consumer, |_| Err::<(), _>(KafkaError::Canceled)).await;
    assert_eq!(refused, Err(KafkaError::Canceled));
    assert_eq!(ask(&consumer, |_| Ok(1)).await, Ok(1));
}

#[test]
fn starts_are_one_for_each_partition() {
    let start = |partition| Start { topic: LETTERS.to_owned(), partition, offset: Offset::Beginning };
    assert_eq!(Start::each(LETTERS, 0..2, Offset::Beginning), [start(0), start(1)]);
}
