//! The readers, and a request's path, against librdkafka's own mock broker.

use std::sync::Arc;
use std::time::Duration;

use delivery_kafka::{Event, KafkaConfig, Reader, Start, writer};
use delivery_messages::dead_letter::{REASON_HEADER, REQUEST_ID_HEADER};
use delivery_messages::{Action, Command, NewDirection, StatePhase, Topic, encode};
use prometheus_client::registry::Registry;
use rdkafka::Offset;
use rdkafka::message::{Header, Message, OwnedHeaders};
use rdkafka::mocking::MockCluster;
use rdkafka::producer::{DefaultProducerContext, FutureProducer, FutureRecord};
use tokio::sync::mpsc;
use tokio::time::timeout;

use crate::gateway::sender::RequestSender;
use crate::ingest::follow;
use crate::ingest::input::{self, Input};
use crate::ingest::offsets::Offsets;
use crate::metrics::Metrics;
use crate::protocol::cursor::StreamPosition;
use crate::stream::backlog::{self, Backlog, CannotResume};
use crate::stream::hub;
use crate::stream::live::Live;
use crate::stream::ring::Located;
use crate::testing::{plan, position, route, state};

const PARTITIONS: i32 = 2;

struct Kafka {
    _broker: MockCluster<'static, DefaultProducerContext>,
    config: KafkaConfig,
    producer: FutureProducer,
}

impl Kafka {
    fn new() -> Self {
        let broker = MockCluster::new(1).unwrap();
        let config = KafkaConfig {
            bootstrap_servers: broker.bootstrap_servers(),
            topic_prefix: "test.".to_owned(),
            group_prefix: String::new(),
            properties_directory: None,
        };
        for topic in Topic::ALL {
            broker.create_topic(&config.topic(topic), PARTITIONS, 1).unwrap();
        }
        let producer = writer::settings(&config, "test").unwrap().create().unwrap();
        Self { _broker: broker, config, producer }
    }

    async fn put(&self, topic: Topic, key: &str, value: &[u8]) {
        self.put_with(topic, key, value, OwnedHeaders::new()).await;
    }

    async fn put_with(&self, topic: Topic, key: &str, value: &[u8], headers: OwnedHeaders) {
        let name = self.config.topic(topic);
        let record = FutureRecord::to(&name).key(key).payload(value).headers(headers);
        self.producer.send(record, Duration::from_secs(10)).await.unwrap();
    }

    /// The first record of a topic.
    async fn first(&self, topic: Topic) -> (Option<Vec<u8>>, Vec<u8>) {
        let starts: Vec<_> = (0..PARTITIONS)
            .map(|partition| Start { topic: self.config.topic(topic), partition, offset: Offset::Beginning })
            .collect();
        let reader = Reader::open(&self.config, "test", &starts).unwrap();
        let found = async {
            loop {
                if let Event::Record(record) = reader.next().await.unwrap() {
                    return (record.key().map(<[u8]>::to_vec), record.payload().unwrap().to_vec());
                }
            }
        };
        timeout(Duration::from_secs(20), found).await.expect("no record came")
    }
}

fn metrics() -> (Metrics, Registry) {
    let mut registry = Registry::default();
    (Metrics::new(&mut registry), registry)
}

#[tokio::test]
async fn the_first_snapshot_has_what_the_topics_hold_and_new_records_follow() {
    let kafka = Kafka::new();
    let (metrics, registry) = metrics();
    kafka.put(Topic::Catalogue, &route("1", "Primeiro").key(), &encode(&route("1", "Primeiro")).unwrap()).await;
    for id in ["d1", "d2"] {
        kafka.put(Topic::Plan, id, &encode(&plan(id)).unwrap()).await;
    }
    for seq in 0..20 {
        kafka.put(Topic::NewPosition, "d1", &encode(&position("d1", seq, false)).unwrap()).await;
    }
    let partition = delivery_messages::partitioner::partition(b"d1", PARTITIONS);
    let mut behind = state("d1", 3, StatePhase::Running);
    (behind.partition, behind.offset) = (partition, 3);
    kafka.put(Topic::State, "d1", &encode(&behind).unwrap()).await;

    let live = Arc::new(Live::new(1_000_000));
    let (records, inputs) = mpsc::channel::<Input>(input::QUEUE);
    tokio::spawn(hub::run(inputs, Arc::clone(&live), metrics.clone()));
    let offsets = Arc::new(Offsets::new(&kafka.config, "test", Topic::NewPosition).await.unwrap().of(super::log()));
    let following = tokio::spawn(follow::run(kafka.config.clone(), offsets, records, metrics));
    let mut readiness = live.readiness();
    let ready = readiness.wait_for(|ready| *ready);
    timeout(Duration::from_secs(30), ready).await.expect("no first picture").unwrap();
    let seq = |id: &str| live.published().delivery(id)?.delivery.fix.map(|fix| fix.seq);
    assert_eq!(seq("d1"), Some(19), "positions were read on from the state's offset");
    assert!(live.published().delivery("d2").is_some());
    assert_eq!(live.published().catalogue().route("1").unwrap().title, "Primeiro");

    let (way, mut answers) = mpsc::channel(1);
    live.pending().register(1, "r1", way);
    let headers = OwnedHeaders::new()
        .insert(Header { key: REASON_HEADER, value: Some("TooManyActive") })
        .insert(Header { key: REQUEST_ID_HEADER, value: Some("r1") });
    kafka.put_with(Topic::DeadLetters, "x/0/0", b"{}", headers).await;
    let answer = timeout(Duration::from_secs(20), answers.recv()).await.expect("no answer").unwrap();
    assert!(answer.contains("TooManyActive"), "{answer}");

    let mut changes = live.changes();
    kafka.put(Topic::NewPosition, "d1", b"no json").await;
    kafka.put(Topic::NewPosition, "d1", &encode(&position("d1", 20, true)).unwrap()).await;
    timeout(Duration::from_secs(20), changes.wait_for(|_| seq("d1") == Some(20))).await.expect("not followed").unwrap();
    following.abort();
    let mut text = String::new();
    prometheus_client::encoding::text::encode(&mut text, &registry).unwrap();
    let bad = r#"bad_records_total{topic="route.new-position",reason="MalformedRecord"}"#;
    assert!(text.contains(bad), "a bad record is counted: {text}");
}

/// The ring is so small that most of the log has fallen out of it; a client with an old cursor gets it from Kafka,
/// without repeats, even repeats of positions before its cursor.
#[tokio::test]
async fn a_client_that_comes_back_from_before_the_ring_gets_the_log_from_kafka() {
    let kafka = Kafka::new();
    let (metrics, _registry) = metrics();
    kafka.put(Topic::Plan, "d1", &encode(&plan("d1")).unwrap()).await;
    // A simulator that was killed repeats the positions that may not have been sent.
    let log: Vec<u64> = (0..400).chain(350..900).chain(880..1_500).collect();
    for seq in &log {
        kafka.put(Topic::NewPosition, "d1", &encode(&position("d1", *seq, false)).unwrap()).await;
    }
    let partition = usize::try_from(delivery_messages::partitioner::partition(b"d1", PARTITIONS)).unwrap();
    let live = Arc::new(Live::new(50_000));
    let (records, inputs) = mpsc::channel::<Input>(input::QUEUE);
    tokio::spawn(hub::run(inputs, Arc::clone(&live), metrics.clone()));
    let offsets = Arc::new(Offsets::new(&kafka.config, "test", Topic::NewPosition).await.unwrap().of(super::log()));
    tokio::spawn(follow::run(kafka.config.clone(), Arc::clone(&offsets), records, metrics.clone()));
    timeout(Duration::from_secs(30), live.readiness().wait_for(|ready| *ready))
        .await
        .expect("no first picture")
        .unwrap();
    let (backlog, asks) = Backlog::new();
    tokio::spawn(backlog::run(kafka.config.clone(), offsets, Arc::clone(&live), metrics, asks));

    let head = Arc::clone(live.published().ring.head());
    let at = |offset: usize| {
        let mut offsets = head.offsets().to_vec();
        offsets[partition] = i64::try_from(offset).unwrap();
        Arc::new(StreamPosition::new(Arc::clone(head.log()), offsets))
    };
    // In the middle of the first repeat: the client has everything up to 399.
    let mut place = at(420);
    let mut sent = Vec::new();
    while live.published().ring.locate(place.offsets()) == Located::Before {
        let slice =
            timeout(Duration::from_secs(20), backlog.request(&place)).await.expect("no slice").unwrap().unwrap();
        let positions = slice.chunks.iter().flat_map(|chunk| &chunk.changes.positions);
        sent.extend(positions.map(|moved| moved.fix.seq));
        place = Arc::new(slice.after.or_later(place.offsets()));
    }
    let Located::At(next) = live.published().ring.locate(place.offsets()) else { panic!("not in the ring") };
    for chunk in live.published().ring.read(next, usize::MAX).unwrap() {
        let new = |moved: &&Arc<crate::protocol::encoded_position::EncodedPosition>| {
            moved.record.unwrap().offset >= place.offsets()[partition]
        };
        sent.extend(chunk.changes.positions.iter().filter(new).map(|moved| moved.fix.seq));
    }
    assert_eq!(sent, (400..1_500).collect::<Vec<_>>());
    let beyond = backlog.request(&at(log.len() + 1)).await.unwrap();
    assert_eq!(beyond.unwrap_err(), CannotResume::Mismatch);
}

#[tokio::test]
async fn a_start_goes_to_kafka_without_a_key_and_a_command_with_the_deliverys() {
    let kafka = Kafka::new();
    let requests = RequestSender::new(kafka.config.clone(), metrics().0).unwrap();
    let start = NewDirection { route_id: "1".into(), request_id: Some("r1".into()), ..NewDirection::default() };
    requests.start(&start, None).await.unwrap();
    let (key, value) = kafka.first(Topic::NewDirection).await;
    assert_eq!(key, None);
    assert_eq!(NewDirection::decode(Some(&value)).unwrap(), start);
    let command = Command { delivery_id: "d1".into(), request_id: "c1".into(), action: Action::Cancel };
    requests.command(&command).await.unwrap();
    let (key, value) = kafka.first(Topic::Command).await;
    assert_eq!(key.as_deref(), Some(&b"d1"[..]));
    assert_eq!(value, encode(&command).unwrap());
    assert!(requests.ping(Duration::from_secs(5)).is_ok());
}
