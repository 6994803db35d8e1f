use rdkafka::ClientConfig;
use rdkafka::consumer::{BaseConsumer, Consumer};

use super::*;

#[test]
fn a_client_is_given_as_many_brokers_as_are_named() {
    let consumer: BaseConsumer = ClientConfig::new().set("bootstrap.servers", "127.0.0.1:1").create().unwrap();
    assert_eq!(add_brokers(consumer.client(), "127.0.0.1:1,127.0.0.1:2").unwrap(), 2);
    assert!(add_brokers(consumer.client(), "with\0nul").is_err());
}
