//! Tombstones in a real Kafka: `KAFKA=host:port cargo test -p delivery-operator --lib -- --ignored`.

use std::sync::Arc;
use std::time::Duration;

use delivery_kafka::read::partitions;
use delivery_kafka::topics::topology::wanted;
use delivery_kafka::{KafkaConfig, Reader, Start};
use delivery_messages::{Millis, Plan, PlanPhase, StatePhase, Topic};
use delivery_observability::{Health, Heartbeat};
use http::{Request, Response};
use kube::client::Body;
use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, TopicReplication};
use rdkafka::client::DefaultClientContext;
use rdkafka::{Message, Offset};
use tokio::time::{Instant, sleep};

use crate::base::config::tests::example;
use crate::base::metrics::Metrics;
use crate::base::objects::Objects;
use crate::base::wake::Wake;
use crate::leadership::guard::LeadershipGuard;
use crate::log::connection::Log;
use crate::run::operator::{Foundation, Operator};
use crate::tables::plans::tests::example as plan;
use crate::tables::states::tests::example as state;
use crate::tables::tombstones;

const DAY: Millis = 86_400_000;
const TOPICS: [Topic; 4] = [Topic::Plan, Topic::State, Topic::Catalogue, Topic::Erased];

/// The topics as the operator makes them, but for segments that grow old in a second.
async fn kafka() -> (KafkaConfig, AdminClient<DefaultClientContext>) {
    let mut config = example();
    config.kafka.bootstrap_servers = std::env::var("KAFKA").expect("KAFKA names the server");
    config.kafka.topic_prefix = format!("test-{}.", uuid::Uuid::new_v4());
    let admin: AdminClient<DefaultClientContext> = config.kafka.client("test").unwrap().create().unwrap();
    let topics = wanted(&config.kafka, &config.topics);
    let topics = TOPICS.map(|topic| topics.iter().find(|found| found.name == config.kafka.topic(topic)).unwrap());
    let new = topics.map(|topic| {
        let new = NewTopic::new(&topic.name, 1, TopicReplication::Fixed(1));
        let new = topic.settings.iter().fold(new, |new, (name, value)| new.set(name, value));
        new.set("min.insync.replicas", "1").set("segment.ms", "1000").set("max.compaction.lag.ms", "1000")
    });
    for created in admin.create_topics(&new, &AdminOptions::new()).await.unwrap() {
        created.unwrap();
    }
    (config.kafka, admin)
}

/// The keys of a topic, each with whether its record has a value.
async fn records(kafka: &KafkaConfig, topic: Topic) -> Vec<(String, bool)> {
    let topic = kafka.topic(topic);
    partitions::wait(kafka, "test", &topic).await.unwrap();
    let reader = Reader::open(kafka, "test", &[Start { topic, partition: 0, offset: Offset::Beginning }]).unwrap();
    let mut records = Vec::new();
    let read = reader.read_to_end(|record| {
        let key = String::from_utf8_lossy(record.key().unwrap_or_default()).into_owned();
        records.push((key, record.payload().is_some()));
    });
    read.await.unwrap();
    records
}

fn record(key: &str, has_value: bool) -> (String, bool) {
    (key.to_owned(), has_value)
}

#[tokio::test]
#[ignore = "needs a Kafka, named by KAFKA"]
async fn a_plan_and_a_state_that_are_removed_leave_a_quiet_topic_with_the_second_tombstone() {
    let (kafka, admin) = kafka().await;
    let (service, _handle) = tower_test::mock::pair::<Request<Body>, Response<Body>>();
    let (client, guard) = (kube::Client::new(service, "shop"), LeadershipGuard::unlimited());
    let config = crate::base::config::Config { kafka: kafka.clone(), ..example() };
    let leading = tokio::sync::watch::Sender::new(true).subscribe();
    let log = Arc::new(Log::open(&kafka, guard.clone(), leading, Metrics::default()).unwrap());
    log.set_topics_fit();
    let objects = Arc::new(Objects::new(Vec::new()));
    let (metrics, wake) = (Metrics::default(), Wake::default());
    let operator =
        Operator::new(Foundation { config, client, guard, objects, log, metrics, wake, health: Health::default() });
    let cancelled = Plan { phase: PlanPhase::Cancelled, version: 3, ..plan("ended") };
    operator.log.writer.write(Topic::Plan, "ended", &cancelled, None).await.unwrap();
    operator.log.writer.write(Topic::State, "ended", &state(9, StatePhase::Finished), None).await.unwrap();
    let reading = tokio::spawn({
        let log = Arc::clone(&operator.log);
        async move { log.follow(&Wake::default(), &Heartbeat::new(Duration::from_mins(1)), || ()).await }
    });
    operator.log.wait_until_caught_up().await;

    let now = jiff::Timestamp::now().as_millisecond();
    operator.cleaner.expire(now + 15 * DAY).await.unwrap();
    for topic in [Topic::Plan, Topic::State] {
        assert_eq!(records(&kafka, topic).await, [record("ended", true), record("ended", false)], "{topic:?}");
    }
    // Longer than Kafka's cleaner waits between two looks: of a segment that is being written it takes nothing.
    sleep(Duration::from_secs(20)).await;
    assert_eq!(records(&kafka, Topic::Plan).await.len(), 2, "the topic is quiet");

    operator.log.repeat_tombstones(std::time::Instant::now() + tombstones::DUE).await.unwrap();
    let began = Instant::now();
    for topic in [Topic::Plan, Topic::State] {
        while records(&kafka, topic).await.contains(&record("ended", true)) {
            assert!(began.elapsed() < Duration::from_mins(2), "{topic:?} still holds it");
            sleep(Duration::from_millis(500)).await;
        }
        assert!(records(&kafka, topic).await.contains(&record("ended", false)), "a reader learns that it is gone");
    }
    reading.abort();
    let names = TOPICS.map(|topic| kafka.topic(topic));
    admin.delete_topics(&names.each_ref().map(String::as_str), &AdminOptions::new()).await.unwrap();
}
