//! The way from the log to the invoice and back to the log, on librdkafka's own mock broker.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use delivery_kafka::write::writer;
use delivery_kafka::{Event, KafkaConfig, Reader, Start};
use delivery_messages::records::dead_letter::REASON_HEADER;
use delivery_messages::{InvoiceIssued, TRACEPARENT_HEADER, Topic, decode, encode};
use delivery_observability::Health;
use prometheus_client::registry::Registry;
use rdkafka::Offset;
use rdkafka::message::{Headers, Message};
use rdkafka::mocking::MockCluster;
use rdkafka::producer::{DefaultProducerContext, FutureProducer, FutureRecord};
use rdkafka::types::{RDKafkaApiKey, RDKafkaRespErr};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};

use crate::ingest::run::{Ingest, ROUND};
use crate::issuing::Issuing;
use crate::metrics::Metrics;
use crate::publisher::{Publisher, QUEUE};
use crate::store::memory::MemoryStore;
use crate::testing;

const PARTITIONS: i32 = 2;
const TRACE: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

struct Kafka {
    broker: &'static MockCluster<'static, DefaultProducerContext>,
    config: KafkaConfig,
    producer: FutureProducer,
}

impl Kafka {
    fn new() -> Self {
        // The consumers are closed after the test, which takes for ever if an offset is to be committed and nobody answers.
        let broker: &'static MockCluster<'static, DefaultProducerContext> =
            Box::leak(Box::new(MockCluster::new(1).unwrap()));
        let config = KafkaConfig {
            bootstrap_servers: broker.bootstrap_servers(),
            topic_prefix: "test.".to_owned(),
            group_prefix: String::new(),
            properties_directory: None,
        };
        for topic in [Topic::Purchase, Topic::InvoiceIssued, Topic::DeadLetters] {
            broker.create_topic(&config.topic(topic), PARTITIONS, 1).unwrap();
        }
        let producer = writer::settings(&config, "test").unwrap().create().unwrap();
        Self { broker, config, producer }
    }

    async fn put(&self, key: &str, value: &[u8]) {
        let name = self.config.topic(Topic::Purchase);
        let record = FutureRecord::to(&name).key(key).payload(value).headers(writer::traced(Some(TRACE)));
        self.producer.send(record, Duration::from_secs(10)).await.unwrap();
    }

    /// The first records of a topic: a header's text and the value of each.
    async fn records(&self, topic: Topic, header: &str, count: usize) -> Vec<(String, Vec<u8>)> {
        let starts = Start::each(&self.config.topic(topic), 0..PARTITIONS, Offset::Beginning);
        let reader = Reader::open(&self.config, "test", &starts).unwrap();
        let mut records = Vec::new();
        let all = async {
            while records.len() < count {
                if let Event::Record(record) = reader.next().await.unwrap() {
                    let headers = record.headers().unwrap();
                    let text = headers.iter().find(|found| found.key == header).and_then(|found| found.value);
                    let text = String::from_utf8(text.unwrap_or_default().to_vec()).unwrap();
                    records.push((text, record.payload().unwrap().to_vec()));
                }
            }
        };
        timeout(Duration::from_secs(30), all).await.expect("fewer records came");
        records
    }
}

/// Starts what issues and publishes.
fn started(config: &KafkaConfig, store: &Arc<MemoryStore>) -> [JoinHandle<()>; 2] {
    started_with(config, store, &Health::default(), ROUND)
}

/// The same, with dead letters that may take `letters` each.
fn started_with(
    config: &KafkaConfig,
    store: &Arc<MemoryStore>,
    health: &Health,
    letters: Duration,
) -> [JoinHandle<()>; 2] {
    let metrics = Metrics::new(&mut Registry::default());
    let (issued, messages) = mpsc::channel(QUEUE);
    let issuing = Issuing::new(Arc::clone(store), testing::issuer());
    // There is no sender of e-mails.
    let outputs = (issued, mpsc::channel(1).0);
    let ingest = Ingest::new(config.clone(), issuing, outputs, metrics.clone(), health.clone()).unwrap();
    let publisher = Publisher::new(config.clone(), Arc::clone(store), metrics).unwrap();
    let letters = health.heartbeat_with("dead letters", letters, "kafka");
    let ingest = tokio::spawn(ingest.run(health.heartbeat("issuing", ROUND), letters));
    [ingest, tokio::spawn(publisher.run(messages, health.heartbeat("publisher", ROUND)))]
}

async fn until(what: &str, holds: impl Fn() -> bool) {
    let wait = async {
        while !holds() {
            sleep(Duration::from_millis(20)).await;
        }
    };
    timeout(Duration::from_mins(2), wait).await.unwrap_or_else(|_| panic!("{what} takes too long"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_poisoned_event_stops_nothing_behind_it_and_what_is_issued_is_published_once_with_its_trace() {
    let kafka = Kafka::new();
    let store = Arc::new(MemoryStore::default());
    for number in 1..=20 {
        if number % 5 == 0 {
            kafka.put("one customer", b"poison").await;
        }
        kafka.put("one customer", &encode(&testing::purchase(number)).unwrap()).await;
    }
    let _running = started(&kafka.config, &store);
    until("issuing", || store.content().invoices.len() == 20).await;
    let letters = kafka.records(Topic::DeadLetters, REASON_HEADER, 4).await;
    assert!(letters.iter().all(|(reason, value)| reason == "MalformedRecord" && value == b"poison"), "{letters:?}");
    until("publishing", || store.content().outbox.is_empty()).await;
    let records = kafka.records(Topic::InvoiceIssued, TRACEPARENT_HEADER, 20).await;
    assert!(records.iter().all(|(trace, _)| trace == TRACE));
    let issued = |value: &[u8]| decode::<InvoiceIssued>(Topic::InvoiceIssued, Some(value)).unwrap();
    let messages: Vec<_> = records.iter().map(|(_, value)| issued(value)).collect();
    let numbers: Vec<u32> = messages.iter().map(|message| message.number).collect();
    assert_eq!(numbers, (1..=20).collect::<Vec<_>>(), "in the order of the customer's purchases");
    for message in messages {
        let stored = store.content().invoices[&message.invoice_id].clone();
        assert_eq!(stored.issued(), message);
        assert_eq!(stored.traceparent.as_deref(), Some(TRACE));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dead_letter_that_kafka_refuses_shows_as_a_loop_that_hangs_until_it_is_taken() {
    let kafka = Kafka::new();
    let (store, health) = (Arc::new(MemoryStore::default()), Health::default());
    kafka.put("one customer", b"poison").await;
    kafka.put("one customer", &encode(&testing::purchase(1)).unwrap()).await;
    let refused = RDKafkaRespErr::RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED;
    kafka.broker.request_errors(RDKafkaApiKey::Produce, &[refused; 200]);
    let _running = started_with(&kafka.config, &store, &health, Duration::from_millis(100));
    until("the loop", || health.loops().contains(&("dead letters", true))).await;
    assert!(!health.is_ready() && store.content().invoices.is_empty());
    kafka.broker.clear_request_errors(RDKafkaApiKey::Produce);
    until("issuing", || store.content().invoices.len() == 1).await;
    assert!(health.is_ready(), "{}", health.report());
}

#[tokio::test(flavor = "multi_thread")]
async fn two_replicas_and_a_log_that_is_read_again_issue_each_invoice_once() {
    let kafka = Kafka::new();
    let store = Arc::new(MemoryStore::default());
    let _both = [started(&kafka.config, &store), started(&kafka.config, &store)];
    for number in 1..=60 {
        kafka.put(&format!("customer {}", number % 7), &encode(&testing::purchase(number)).unwrap()).await;
    }
    until("issuing", || store.content().invoices.len() == 60).await;
    let before = store.content().invoices.clone();
    // Another group begins at the beginning, as this one does after its offsets were set back.
    let again = KafkaConfig { group_prefix: "again-".to_owned(), ..kafka.config.clone() };
    let _again = started(&again, &store);
    kafka.put("customer 1", &encode(&testing::purchase(61)).unwrap()).await;
    kafka.put("customer 2", &encode(&testing::purchase(62)).unwrap()).await;
    until("issuing what is new", || store.content().invoices.len() == 62).await;
    sleep(Duration::from_millis(500)).await;
    let content = store.content();
    assert!(before.iter().all(|(id, invoice)| content.invoices.get(id) == Some(invoice)), "nothing is issued anew");
    let numbers: BTreeSet<u32> = content.invoices.values().map(|invoice| invoice.number).collect();
    assert_eq!(numbers, (1..=62).collect());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replica_ends_in_time_although_kafka_is_away() {
    let kafka = Kafka::new();
    let store = Arc::new(MemoryStore::default());
    let [issuing, publishing] = started(&kafka.config, &store);
    kafka.put("one customer", &encode(&testing::purchase(1)).unwrap()).await;
    until("issuing", || store.content().invoices.len() == 1).await;
    until("publishing", || store.content().outbox.is_empty()).await;
    kafka.broker.broker_round_trip_time(1, Duration::from_mins(5)).unwrap();
    let begun = Instant::now();
    issuing.abort();
    assert!(issuing.await.unwrap_err().is_cancelled());
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
    publishing.abort();
}
