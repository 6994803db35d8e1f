//! Erasures over Kafka's protocol, against the mock cluster that comes with the client library: not a real Kafka.

#![allow(
    clippy::indexing_slicing,
    clippy::unwrap_in_result,
    clippy::unwrap_used,
    reason = "a test ends with the first thing that is wrong"
)]

use std::sync::{Arc, Mutex};
use std::time::Duration;

use delivery_kafka::KafkaConfig;
use delivery_kafka::consume::erasures::{Eraser, Erasure, Erasures};
use delivery_kafka::write::writer;
use rdkafka::mocking::MockCluster;
use rdkafka::producer::{DefaultProducerContext, FutureProducer, FutureRecord};
use rdkafka::util::Timeout;
use tokio::time::{sleep, timeout};

const TOPIC: &str = "customer.erased";
const SOON: Duration = Duration::from_secs(30);

/// Notes whom it was asked to erase. The first time it is away.
#[derive(Clone, Debug, Default)]
struct Notes(Arc<Mutex<Vec<Erasure>>>);

impl Eraser for Notes {
    type Error = &'static str;

    async fn erase(&self, erasure: &Erasure) -> Result<(), &'static str> {
        let mut all = self.0.lock().unwrap();
        all.push(erasure.clone());
        if all.len() == 1 { Err("the store is away") } else { Ok(()) }
    }
}

async fn until(notes: &Notes, count: usize) -> Vec<String> {
    let asked = || notes.0.lock().unwrap().iter().map(|erasure| erasure.customer_id.clone()).collect::<Vec<_>>();
    let enough = async {
        while asked().len() < count {
            sleep(Duration::from_millis(20)).await;
        }
    };
    timeout(SOON, enough).await.unwrap();
    asked()
}

#[tokio::test]
async fn each_is_carried_out_twice_and_again_after_a_failure_and_what_is_committed_is_not_read_again() {
    // Consumers that are closed after the test must find their brokers.
    let mock: &'static MockCluster<'static, DefaultProducerContext> = Box::leak(Box::new(MockCluster::new(1).unwrap()));
    mock.create_topic(TOPIC, 1, 1).unwrap();
    let config = KafkaConfig {
        bootstrap_servers: mock.bootstrap_servers(),
        topic_prefix: String::new(),
        group_prefix: String::new(),
        properties_directory: None,
    };
    let producer: FutureProducer = writer::settings(&config, "test").unwrap().create().unwrap();
    let write = async |key: &str, value: &str| {
        producer.send(FutureRecord::to(TOPIC).key(key).payload(value), Timeout::Never).await.unwrap();
    };
    write("first", r#"{"erasedAt":7}"#).await;
    write("bad", "no json").await;
    write("second", r#"{"erasedAt":8}"#).await;
    let notes = Notes::default();
    let erasures = Erasures::join(&config, "erasures").unwrap().settling_in(Duration::from_millis(300));
    let running = tokio::spawn(erasures.run(notes.clone()));
    let asked = until(&notes, 5).await;
    assert_eq!(asked, ["first", "first", "second", "first", "second"], "the first failed at first");
    // The offset of the last one is committed in a moment.
    sleep(Duration::from_millis(500)).await;
    running.abort();
    assert!(running.await.unwrap_err().is_cancelled());

    write("third", r#"{"erasedAt":9}"#).await;
    let running = tokio::spawn(Erasures::join(&config, "erasures").unwrap().run(notes.clone()));
    assert_eq!(until(&notes, 6).await[5..], ["third"]);
    running.abort();
}
