//! Requests and changes on their way through Kafka, against librdkafka's mock broker, with a store in memory.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use delivery_kafka::write::writer;
use delivery_kafka::{Event, KafkaConfig, Reader, Start};
use delivery_messages::records::dead_letter::{REASON_HEADER, SERVICE_HEADER};
use delivery_messages::{NotificationChanged, Topic, decode};
use delivery_observability::locks::lock;
use delivery_observability::{Health, Heartbeat};
use prometheus_client::registry::Registry;
use rdkafka::Offset;
use rdkafka::message::{Headers, Message};
use rdkafka::mocking::MockCluster;
use rdkafka::producer::{DefaultProducerContext, FutureProducer, FutureRecord};
use tokio::sync::mpsc;
use tokio::time::{sleep, timeout};

use crate::domain::ids::NotificationId;
use crate::domain::listing::Selection;
use crate::domain::notification::Notification;
use crate::domain::outbox::Outbox;
use crate::domain::repository::RepositoryError;
use crate::domain::testing::{InMemory, RECIPIENT, id, notification, recipient};
use crate::domain::use_cases::UseCases;
use crate::ingest::inbox::Inbox;
use crate::metrics::Metrics;
use crate::publish::Relay;
use crate::writer::Writer;

/// How long anything may take.
const LIMIT: Duration = Duration::from_secs(30);

fn heartbeat() -> Heartbeat {
    Heartbeat::new(Duration::from_mins(1))
}

struct Kafka {
    config: KafkaConfig,
    producer: FutureProducer,
}

impl Kafka {
    fn new() -> Self {
        // A consumer is closed after its test, which takes for ever if an offset is to be committed and nobody answers.
        let broker: &'static MockCluster<'static, DefaultProducerContext> =
            Box::leak(Box::new(MockCluster::new(1).unwrap()));
        let config = KafkaConfig {
            bootstrap_servers: broker.bootstrap_servers(),
            topic_prefix: "test.".to_owned(),
            group_prefix: String::new(),
            properties_directory: None,
        };
        for topic in [Topic::SendNotification, Topic::NotificationChanged, Topic::DeadLetters] {
            broker.create_topic(&config.topic(topic), 1, 1).unwrap();
        }
        let producer = writer::settings(&config, "test").unwrap().create().unwrap();
        Self { config, producer }
    }

    async fn put(&self, value: &str) {
        let name = self.config.topic(Topic::SendNotification);
        let record = FutureRecord::<str, str>::to(&name).payload(value);
        self.producer.send(record, LIMIT).await.unwrap();
    }

    /// The first record of a topic: its key, its value, and one of its headers.
    async fn first(&self, topic: Topic, header: &str) -> (String, Vec<u8>, Option<String>) {
        let starts = Start::each(&self.config.topic(topic), 0..1, Offset::Beginning);
        let reader = Reader::open(&self.config, "test", &starts).unwrap();
        let found = async {
            loop {
                if let Event::Record(record) = reader.next().await.unwrap() {
                    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
                    let headers = record.headers().unwrap();
                    let value = headers.iter().find(|found| found.key == header).and_then(|found| found.value);
                    return (text(record.key().unwrap()), record.payload().unwrap().to_vec(), value.map(text));
                }
            }
        };
        timeout(LIMIT, found).await.expect("no record came")
    }
}

fn metrics() -> Metrics {
    Metrics::new(&mut Registry::default())
}

#[tokio::test]
async fn a_bad_record_becomes_a_dead_letter_and_stops_nothing_behind_it() {
    let kafka = Kafka::new();
    kafka.put(r#"{"recipientId":"7","content":"hello","category":"social"}"#).await;
    kafka.put(&format!(r#"{{"recipientId":"{RECIPIENT}","content":"hello","category":"social"}}"#)).await;
    let use_cases = Arc::new(UseCases::new(InMemory::default(), true, Box::new(|_| {})));
    let inbox = Inbox {
        kafka: kafka.config.clone(),
        use_cases: Arc::clone(&use_cases),
        writer: Arc::new(Writer::open(&kafka.config).unwrap()),
        metrics: metrics(),
        heartbeat: Health::default().heartbeat("requests", LIMIT),
    };
    let serving = tokio::spawn(inbox.run());
    let (key, value, reason) = kafka.first(Topic::DeadLetters, REASON_HEADER).await;
    assert_eq!((key.as_str(), reason.as_deref()), ("test.notifications.send-notification/0/0", Some("InvalidId")));
    assert!(value.starts_with(br#"{"recipientId":"7""#));
    assert_eq!(kafka.first(Topic::DeadLetters, SERVICE_HEADER).await.2.as_deref(), Some("notifications"));
    let selection = Selection { recipient: recipient().id, unread: None, canceled: None };
    let arrived = async {
        while use_cases.count(&selection).await.unwrap() == 0 {
            sleep(Duration::from_millis(50)).await;
        }
    };
    timeout(LIMIT, arrived).await.expect("the record behind it did not come");
    serving.abort();
}

/// An outbox that tells what was published.
struct Noted(mpsc::UnboundedSender<(NotificationId, u64)>);

impl Outbox for Noted {
    async fn unpublished(&self, _: i64) -> Result<Vec<Notification>, RepositoryError> {
        Ok(Vec::new())
    }

    async fn published(&self, id: NotificationId, version: u64, _: i64) -> Result<(), RepositoryError> {
        self.0.send((id, version)).unwrap();
        Ok(())
    }

    async fn unpublishable(&self, _: NotificationId, error: &str) -> Result<(), RepositoryError> {
        panic!("{error}");
    }
}

#[tokio::test]
async fn a_change_is_published_with_its_recipient_as_the_key_and_then_noted() {
    let kafka = Kafka::new();
    let (note, mut noted) = mpsc::unbounded_channel();
    let writer = Arc::new(Writer::open(&kafka.config).unwrap());
    let (tell, fresh) = mpsc::channel(1);
    let relay =
        tokio::spawn(Relay { outbox: Noted(note), writer, metrics: metrics(), heartbeat: heartbeat() }.run(fresh));
    tell.send(notification(1)).await.unwrap();
    assert_eq!(timeout(LIMIT, noted.recv()).await.unwrap(), Some((id(1), 1)));
    let (key, value, version) = kafka.first(Topic::NotificationChanged, "schema-version").await;
    let told: NotificationChanged = decode(Topic::NotificationChanged, Some(&value)).unwrap();
    assert_eq!((key.as_str(), told.id), (RECIPIENT, id(1).to_string()));
    assert!(version.is_some());
    drop(tell);
    timeout(LIMIT, relay).await.unwrap().unwrap();
}

/// An outbox with changes that were left behind, of which each look finds one.
struct Left(Mutex<Vec<Notification>>);

impl Outbox for Arc<Left> {
    async fn unpublished(&self, _: i64) -> Result<Vec<Notification>, RepositoryError> {
        Ok(lock(&self.0).iter().take(1).cloned().collect())
    }

    async fn published(&self, id: NotificationId, _: u64, _: i64) -> Result<(), RepositoryError> {
        lock(&self.0).retain(|change| change.id != id);
        Ok(())
    }

    async fn unpublishable(&self, _: NotificationId, error: &str) -> Result<(), RepositoryError> {
        panic!("{error}");
    }
}

#[tokio::test]
async fn changes_that_were_left_behind_are_published_one_look_after_the_other_without_a_pause() {
    let kafka = Kafka::new();
    let left = Arc::new(Left(Mutex::new((1..=5).map(notification).collect())));
    let writer = Arc::new(Writer::open(&kafka.config).unwrap());
    let (tell, fresh) = mpsc::channel(1);
    let relay = tokio::spawn(
        Relay { outbox: Arc::clone(&left), writer, metrics: metrics(), heartbeat: heartbeat() }.run(fresh),
    );
    let published = async {
        while !lock(&left.0).is_empty() {
            sleep(Duration::from_millis(20)).await;
        }
    };
    // With a pause of five seconds after each look it takes twenty.
    timeout(Duration::from_secs(15), published).await.expect("it takes too long");
    drop(tell);
    timeout(LIMIT, relay).await.unwrap().unwrap();
}
