//! What is written to Kafka, against the mock broker that comes with the client library: not a real Kafka.

use std::time::Duration;

use delivery_kafka::{KafkaConfig, Reader, Start};
use delivery_messages::Topic;
use rdkafka::message::Headers;
use rdkafka::mocking::MockCluster;
use rdkafka::producer::DefaultProducerContext;
use rdkafka::{Message, Offset};
use tokio::time::timeout;

use crate::relay::kafka::KafkaLog;
use crate::relay::log::{Log, LogRecord};

const PARTITIONS: i32 = 3;
const SOON: Duration = Duration::from_secs(20);
const TRACE: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

fn kafka() -> (MockCluster<'static, DefaultProducerContext>, KafkaConfig) {
    let broker = MockCluster::new(1).unwrap();
    let config = KafkaConfig {
        bootstrap_servers: broker.bootstrap_servers(),
        topic_prefix: "test.".to_owned(),
        group_prefix: String::new(),
        properties_directory: None,
    };
    broker.create_topic(&config.topic(Topic::Purchase), PARTITIONS, 1).unwrap();
    (broker, config)
}

fn record(customer: usize, value: usize) -> LogRecord {
    LogRecord {
        topic: Topic::Purchase,
        key: format!("customer-{customer}"),
        value: value.to_string().into_bytes(),
        trace: TRACE.to_owned(),
    }
}

/// All keys and values in the topic, and the headers of the first record.
async fn read(config: &KafkaConfig) -> (Vec<(String, usize)>, Vec<(String, String)>) {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    let starts = Start::each(&config.topic(Topic::Purchase), 0..PARTITIONS, Offset::Beginning);
    let reader = Reader::open(config, "test", &starts).unwrap();
    let (mut records, mut headers) = (Vec::new(), Vec::new());
    let reading = reader.read_to_end(|record| {
        records.push((text(record.key().unwrap()), text(record.payload().unwrap()).parse().unwrap()));
        if headers.is_empty() {
            let all = record.headers().unwrap().iter();
            headers.extend(all.map(|header| (header.key.to_owned(), text(header.value.unwrap()))));
        }
    });
    timeout(SOON, reading).await.expect("the topic has no end").unwrap();
    (records, headers)
}

#[tokio::test]
async fn the_records_of_a_customer_are_in_their_order_and_carry_the_trace() {
    let (_broker, config) = kafka();
    let log = KafkaLog::open(config.clone()).unwrap();
    let records: Vec<LogRecord> = (0..300).map(|number| record(number % 3, number)).collect();
    timeout(SOON, log.write(records)).await.expect("Kafka takes them").unwrap();
    let (records, headers) = read(&config).await;
    assert_eq!(records.len(), 300);
    for customer in 0..3 {
        let key = format!("customer-{customer}");
        let values: Vec<usize> = records.iter().filter(|(of, _)| *of == key).map(|(_, value)| *value).collect();
        assert_eq!(values.len(), 100);
        assert!(values.is_sorted(), "{values:?}");
    }
    let expected = [("content-type", "application/json"), ("schema-version", "1"), ("traceparent", TRACE)];
    assert_eq!(headers, expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
}

#[tokio::test]
async fn what_was_abandoned_while_kafka_was_away_is_not_written_by_a_term_that_has_ended() {
    let (broker, config) = kafka();
    let log = KafkaLog::open(config.clone()).unwrap();
    broker.broker_down(1).unwrap();
    assert!(timeout(Duration::from_millis(300), log.write(vec![record(1, 1)])).await.is_err(), "it waits");
    log.abandon();
    broker.broker_up(1).unwrap();
    timeout(SOON, log.write(vec![record(1, 2)])).await.expect("Kafka takes it").unwrap();
    assert_eq!(read(&config).await.0, [("customer-1".to_owned(), 2)]);
}
