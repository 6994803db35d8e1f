use rdkafka::ClientConfig;
use rdkafka::consumer::{BaseConsumer, Consumer};

use super::*;

const LIMIT: Duration = Duration::from_secs(10);

fn consumer(servers: &str) -> BaseConsumer {
    ClientConfig::new().set("bootstrap.servers", servers).create().unwrap()
}

/// librdkafka's mock of a broker does not answer this question.
#[test]
#[ignore = "needs a Kafka with at least two topics, named by KAFKA"]
fn each_topic_has_an_id_of_its_own_and_keeps_it() {
    let consumer = consumer(&std::env::var("KAFKA").expect("KAFKA names the brokers"));
    let metadata = consumer.fetch_metadata(None, LIMIT).unwrap();
    let id = |place: usize| topic_id(consumer.client(), metadata.topics()[place].name(), LIMIT).unwrap();
    assert_eq!(id(0).len(), 22, "16 bytes of base64");
    assert_eq!(id(0), id(0));
    assert_ne!(id(0), id(1));
    assert!(topic_id(consumer.client(), "no-such-topic", LIMIT).is_err());
}

#[test]
fn without_a_broker_it_says_so_in_time() {
    let consumer = consumer("127.0.0.1:1");
    assert!(topic_id(consumer.client(), "one", Duration::from_millis(200)).is_err());
    assert!(topic_id(consumer.client(), "with\0nul", LIMIT).is_err());
}
