//! Batches in every compression that a topic or another producer may choose, against the mock cluster that comes with the client
//! library: not a real Kafka.

#![allow(clippy::unwrap_used, reason = "a test ends with the first thing that is wrong")]

use std::time::Duration;

use delivery_kafka::write::writer;
use delivery_kafka::{KafkaConfig, Reader, Start};
use rdkafka::mocking::MockCluster;
use rdkafka::producer::{FutureProducer, FutureRecord};
use rdkafka::util::Timeout;
use rdkafka::{Message, Offset};

const TOPIC: &str = "route.new-position";

#[tokio::test]
async fn a_batch_in_any_compression_is_read() {
    for compression in ["none", "gzip", "snappy", "lz4", "zstd"] {
        let mock = MockCluster::new(1).unwrap();
        mock.create_topic(TOPIC, 1, 1).unwrap();
        let config = KafkaConfig {
            bootstrap_servers: mock.bootstrap_servers(),
            topic_prefix: String::new(),
            group_prefix: String::new(),
            properties_directory: None,
        };
        let mut settings = writer::settings(&config, "test").unwrap();
        let producer: FutureProducer = settings.set("compression.type", compression).create().unwrap();
        // Long and regular: a batch that does not become smaller is sent as it is.
        let value = "y".repeat(10_000);
        producer.send(FutureRecord::<str, _>::to(TOPIC).payload(&value), Timeout::Never).await.unwrap();
        let start = Start { topic: TOPIC.to_owned(), partition: 0, offset: Offset::Beginning };
        let reader = Reader::open(&config, "test", &[start]).unwrap();
        let mut values = Vec::new();
        let reading = reader.read_to_end(|record| values.push(record.payload().unwrap().to_vec()));
        tokio::time::timeout(Duration::from_secs(10), reading).await.unwrap().unwrap();
        assert_eq!(values, [value.into_bytes()], "{compression}");
    }
}
