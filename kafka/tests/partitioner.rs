//! The partition that we compute for a key is the one that the client library chooses, against the mock cluster that comes with it.

#![allow(clippy::unwrap_used, reason = "a test ends with the first thing that is wrong")]

use delivery_kafka::KafkaConfig;
use delivery_kafka::write::writer;
use delivery_messages::records::partitioner::partition;
use rdkafka::mocking::MockCluster;
use rdkafka::producer::{FutureProducer, FutureRecord};
use rdkafka::util::Timeout;

const TOPIC: &str = "delivery.plan";

#[tokio::test]
async fn a_key_goes_to_the_partition_that_is_computed_for_it() {
    for partitions in [1, 6, 7] {
        let mock = MockCluster::new(1).unwrap();
        mock.create_topic(TOPIC, partitions, 1).unwrap();
        let config = KafkaConfig {
            bootstrap_servers: mock.bootstrap_servers(),
            topic_prefix: String::new(),
            group_prefix: String::new(),
            properties_directory: None,
        };
        let producer: FutureProducer = writer::settings(&config, "test").unwrap().create().unwrap();
        let long = "primeiro".repeat(30);
        let numbered = (0..50).map(|number| format!("{number:08x}-5cde-4f05-9a7b-{number:012x}"));
        for key in numbered.chain(["shop/primeiro@0123456789ab".to_owned(), "São Paulo".to_owned(), long]) {
            let record = FutureRecord::to(TOPIC).key(&key).payload("any");
            let sent = producer.send(record, Timeout::Never).await.unwrap();
            assert_eq!(sent.partition, partition(key.as_bytes(), partitions), "{key}");
        }
    }
}
