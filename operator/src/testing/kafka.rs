//! A Kafka for one test: the mock cluster that comes with the client library, with the operator's topics.

use std::collections::BTreeMap;

use delivery_kafka::read::partitions;
use delivery_kafka::{KafkaConfig, Reader, Start};
use delivery_messages::{Topic, decode};
use rdkafka::message::Headers;
use rdkafka::mocking::MockCluster;
use rdkafka::producer::DefaultProducerContext;
use rdkafka::{Message, Offset};
use serde::de::DeserializeOwned;

pub(crate) type Broker = MockCluster<'static, DefaultProducerContext>;

/// The prefix of the topics.
pub(crate) const PREFIX: &str = "north.";

pub(crate) fn broker() -> (Broker, KafkaConfig) {
    let broker = MockCluster::new(1).unwrap();
    let config = KafkaConfig {
        bootstrap_servers: broker.bootstrap_servers(),
        topic_prefix: PREFIX.to_owned(),
        group_prefix: String::new(),
        properties_directory: None,
    };
    for topic in Topic::ALL {
        broker.create_topic(&config.topic(topic), 2, 1).unwrap();
    }
    (broker, config)
}

/// A record: its key, its value unless it is a tombstone, its headers.
#[derive(Debug)]
pub(crate) struct Record {
    pub key: String,
    pub value: Option<Vec<u8>>,
    pub headers: BTreeMap<String, String>,
}

impl Record {
    pub(crate) fn read<T: DeserializeOwned>(&self, topic: Topic) -> T {
        let value: serde_json::Value = decode(topic, self.value.as_deref()).unwrap();
        serde_json::from_value(value).unwrap()
    }
}

/// All records of a topic, in the order of each partition.
pub(crate) async fn records(config: &KafkaConfig, topic: Topic) -> Vec<Record> {
    let topic = config.topic(topic);
    let count = partitions::wait(config, "test", &topic).await.unwrap();
    let starts: Vec<_> =
        (0..count).map(|partition| Start { topic: topic.clone(), partition, offset: Offset::Beginning }).collect();
    let mut records = Vec::new();
    let reader = Reader::open(config, "test", &starts).unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    reader
        .read_to_end(|record| {
            let headers = record.headers().map(|headers| {
                let each =
                    headers.iter().map(|header| (header.key.to_owned(), header.value.map(text).unwrap_or_default()));
                each.collect()
            });
            records.push(Record {
                key: record.key().map(text).unwrap_or_default(),
                value: record.payload().map(<[u8]>::to_vec),
                headers: headers.unwrap_or_default(),
            });
        })
        .await
        .unwrap();
    records
}
