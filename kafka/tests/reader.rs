//! The reader over Kafka's protocol, against the mock cluster that comes with the client library: not a real Kafka.

#![allow(clippy::unwrap_used, reason = "a test ends with the first thing that is wrong")]

use delivery_kafka::{Event, KafkaConfig, Reader, Start, writer};
use rdkafka::mocking::MockCluster;
use rdkafka::producer::{DefaultProducerContext, FutureProducer, FutureRecord};
use rdkafka::util::Timeout;
use rdkafka::{Message, Offset};
use std::time::Duration;

const TOPIC: &str = "route.new-position";

fn cluster() -> (MockCluster<'static, DefaultProducerContext>, KafkaConfig) {
    let mock = MockCluster::new(1).unwrap();
    mock.create_topic(TOPIC, 1, 1).unwrap();
    let config = KafkaConfig {
        bootstrap_servers: mock.bootstrap_servers(),
        topic_prefix: String::new(),
        group_prefix: String::new(),
        properties_directory: None,
    };
    (mock, config)
}

async fn write(config: &KafkaConfig, value: &str) {
    let producer: FutureProducer = writer::settings(config, "test").unwrap().create().unwrap();
    producer.send(FutureRecord::<str, _>::to(TOPIC).payload(value), Timeout::Never).await.unwrap();
}

async fn next_value(reader: &Reader) -> String {
    loop {
        if let Event::Record(record) = reader.next().await.unwrap() {
            return String::from_utf8_lossy(record.payload().unwrap()).into_owned();
        }
    }
}

#[tokio::test]
async fn a_partition_is_read_to_its_end_and_on() {
    let (_mock, config) = cluster();
    write(&config, "first").await;
    let start = Start { topic: TOPIC.to_owned(), partition: 0, offset: Offset::Beginning };
    let reader = Reader::open(&config, "test", &[start]).unwrap();
    let mut values = 0;
    reader.read_to_end(|_| values += 1).await.unwrap();
    assert_eq!(values, 1);
    write(&config, "second").await;
    assert_eq!(next_value(&reader).await, "second");
}

/// Every failed reconnection leaves a report in the reader's queue; ten seconds of them were once minutes of silence.
#[tokio::test]
async fn a_record_after_an_outage_is_not_held_up_by_the_reports_of_the_outage() {
    let (mock, config) = cluster();
    let start = Start { topic: TOPIC.to_owned(), partition: 0, offset: Offset::Beginning };
    let reader = Reader::open(&config, "test", &[start]).unwrap();
    reader.read_to_end(|_| ()).await.unwrap();
    mock.broker_down(1).unwrap();
    tokio::time::sleep(Duration::from_secs(10)).await;
    mock.broker_up(1).unwrap();
    write(&config, "after").await;
    let found = tokio::time::timeout(Duration::from_secs(3), next_value(&reader)).await;
    assert_eq!(found.unwrap(), "after");
}
