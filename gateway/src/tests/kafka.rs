//! The readers, and a request's path, against librdkafka's own mock broker.

use std::sync::Arc;
use std::time::Duration;

use delivery_kafka::read::partitions::{self, TopicClient};
use delivery_kafka::write::writer;
use delivery_kafka::{Event, KafkaConfig, Reader, Start};
use delivery_messages::records::dead_letter::{REASON_HEADER, REQUEST_ID_HEADER};
use delivery_messages::{Action, Command, NewDirection, StatePhase, Topic, encode};
use delivery_observability::metrics::usage::processor_time;
use delivery_observability::{Health, Heartbeat};
use prometheus_client::registry::Registry;
use rdkafka::Offset;
use rdkafka::message::{Header, Message, OwnedHeaders};
use rdkafka::mocking::MockCluster;
use rdkafka::producer::{DefaultProducerContext, FutureProducer, FutureRecord};
use rdkafka::types::RDKafkaApiKey;
use serde_json::{Value, json};
use tokio::sync::mpsc;
use tokio::time::timeout;

use super::sockets::until;
use crate::gateway::sender::RequestSender;
use crate::ingest::follow;
use crate::ingest::input::{self, Input};
use crate::ingest::offsets::Offsets;
use crate::metrics::Metrics;
use crate::model::delivery::Phase;
use crate::protocol::cursor::StreamPosition;
use crate::protocol::recipients::Recipients;
use crate::state::table::Table;
use crate::stream::catch_up::backlog::{self, Backlog, CannotResume};
use crate::stream::clients::replies::Replies;
use crate::stream::hub;
use crate::stream::live::Live;
use crate::stream::publication::ring::Located;
use crate::stream::relay;
use crate::testing::{changed, plan, position, route, state};

pub(super) const PARTITIONS: i32 = 2;

pub(super) struct Kafka {
    pub(super) broker: MockCluster<'static, DefaultProducerContext>,
    pub(super) config: KafkaConfig,
    producer: FutureProducer,
}

impl Kafka {
    pub(super) fn new() -> Self {
        let broker = MockCluster::new(1).unwrap();
        // In later versions an answer names the leader of a partition, and where there is none this broker ends the process.
        broker.apiversion(RDKafkaApiKey::Fetch, Some(0), Some(11)).unwrap();
        broker.apiversion(RDKafkaApiKey::Produce, Some(0), Some(9)).unwrap();
        let config = KafkaConfig {
            bootstrap_servers: broker.bootstrap_servers(),
            topic_prefix: "test.".to_owned(),
            group_prefix: String::new(),
            properties_directory: None,
        };
        for topic in Topic::ALL.into_iter().chain([Topic::NotificationChanged]) {
            broker.create_topic(&config.topic(topic), PARTITIONS, 1).unwrap();
        }
        let producer = writer::settings(&config, "test").unwrap().create().unwrap();
        Self { broker, config, producer }
    }

    /// A client for questions.
    fn client(&self) -> Arc<TopicClient> {
        partitions::client(&self.config, "test").unwrap()
    }

    pub(super) async fn offsets(&self, topic: Topic) -> Offsets {
        Offsets::new(&self.client(), &self.config, topic).await.unwrap()
    }

    pub(super) async fn put(&self, topic: Topic, key: &str, value: &[u8]) {
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

pub(super) fn spawn_hub(inputs: mpsc::Receiver<Input>, live: &Arc<Live>, metrics: &Metrics) {
    let (live, heartbeat) = (Arc::clone(live), Heartbeat::new(hub::ROUND));
    tokio::spawn(hub::run(Table::default(), inputs, live, metrics.clone(), processor_time, heartbeat));
}

pub(super) fn metrics() -> (Metrics, Registry) {
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
    let partition = delivery_messages::records::partitioner::partition(b"d1", PARTITIONS);
    let mut behind = state("d1", 3, StatePhase::Running);
    (behind.partition, behind.offset) = (partition, 3);
    kafka.put(Topic::State, "d1", &encode(&behind).unwrap()).await;

    let live = Arc::new(Live::new(1_000_000));
    let (records, inputs) = mpsc::channel::<Input>(input::QUEUE);
    spawn_hub(inputs, &live, &metrics);
    let offsets = Arc::new(kafka.offsets(Topic::NewPosition).await.of(super::log()));
    let heartbeat = Heartbeat::new(follow::ROUND);
    let following =
        tokio::spawn(follow::run(kafka.config.clone(), offsets, records, metrics, Health::default(), heartbeat));
    let mut readiness = live.readiness();
    let ready = readiness.wait_for(|ready| *ready);
    timeout(Duration::from_secs(30), ready).await.expect("no first picture").unwrap();
    let seq = |id: &str| live.published().delivery(id)?.delivery.fix.map(|fix| fix.seq);
    assert_eq!(seq("d1"), Some(19), "positions were read on from the state's offset");
    assert!(live.published().delivery("d2").is_some());
    assert_eq!(live.published().catalogue().route("1").unwrap().title, "Primeiro");

    let replies = Replies::default();
    live.pending().register(1, "r1", replies.clone());
    let headers = OwnedHeaders::new()
        .insert(Header { key: REASON_HEADER, value: Some("TooManyActive") })
        .insert(Header { key: REQUEST_ID_HEADER, value: Some("r1") });
    kafka.put_with(Topic::DeadLetters, "x/0/0", b"{}", headers).await;
    let answer = timeout(Duration::from_secs(20), replies.next()).await.expect("no answer");
    assert!(answer.contains("TooManyActive"), "{answer}");

    // All that is not positions is followed, each topic from where it was read to.
    kafka.put(Topic::Catalogue, &route("2", "Segundo").key(), &encode(&route("2", "Segundo")).unwrap()).await;
    kafka.put(Topic::Plan, "d3", &encode(&plan("d3")).unwrap()).await;
    kafka.put(Topic::State, "d2", &encode(&state("d2", 1, StatePhase::Running)).unwrap()).await;
    until(|| live.published().catalogue().route("2").is_some()).await;
    until(|| live.published().delivery("d3").is_some()).await;
    until(|| live.published().delivery("d2").is_some_and(|d2| d2.delivery.phase == Phase::Running)).await;

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
        if *seq == 600 {
            // A record that no simulator wrote.
            kafka.put(Topic::NewPosition, "d1", &encode(&position("d1", 1 << 62, false)).unwrap()).await;
        }
    }
    let partition = usize::try_from(delivery_messages::records::partitioner::partition(b"d1", PARTITIONS)).unwrap();
    let live = Arc::new(Live::new(50_000));
    let (records, inputs) = mpsc::channel::<Input>(input::QUEUE);
    spawn_hub(inputs, &live, &metrics);
    let offsets = Arc::new(kafka.offsets(Topic::NewPosition).await.of(super::log()));
    tokio::spawn(follow::run(
        kafka.config.clone(),
        Arc::clone(&offsets),
        records,
        metrics.clone(),
        Health::default(),
        Heartbeat::new(follow::ROUND),
    ));
    timeout(Duration::from_secs(30), live.readiness().wait_for(|ready| *ready))
        .await
        .expect("no first picture")
        .unwrap();
    let (backlog, asks) = Backlog::new();
    let (reading, health) = (kafka.config.clone(), Health::default());
    let heartbeat = health.heartbeat("backlog", Duration::from_millis(500));
    tokio::spawn(backlog::run(reading, offsets, Arc::clone(&live), metrics, asks, heartbeat));

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
    let beyond = backlog.request(&at(log.len() + 2)).await.unwrap();
    assert_eq!(beyond.unwrap_err(), CannotResume::Mismatch);

    let (topic, other) = (kafka.config.topic(Topic::NewPosition), i32::from(partition == 0));
    kafka.broker.partition_leader(&topic, other, None).unwrap();
    let slice = timeout(Duration::from_secs(20), backlog.request(&at(420))).await.expect("no slice").unwrap().unwrap();
    assert!(!slice.chunks.is_empty(), "the client needs nothing of the partition without a leader");
    kafka.broker.partition_leader(&topic, other, Some(1)).unwrap();

    kafka.broker.broker_round_trip_time(1, Duration::from_secs(3)).unwrap();
    let late = backlog.request(&at(log.len() + 2));
    until(|| health.loops() == [("backlog", true)]).await;
    kafka.broker.broker_round_trip_time(1, Duration::ZERO).unwrap();
    assert_eq!(late.await.unwrap().unwrap_err(), CannotResume::Mismatch);
    until(|| health.loops() == [("backlog", false)]).await;
}

#[tokio::test]
async fn whoever_listens_is_told_of_notifications_that_change_from_now_on_whatever_lies_between() {
    let kafka = Kafka::new();
    let (metrics, registry) = metrics();
    let put = async |id: &str, recipient_id: &str| {
        let value = encode(&changed(id, recipient_id, 1)).unwrap();
        kafka.put(Topic::NotificationChanged, recipient_id, &value).await;
    };
    put("old", "r1").await;
    let live = Arc::new(Live::new(1_000_000));
    let told = Replies::default();
    live.listeners().set(1, Recipients { recipient_ids: vec!["r1".to_owned()] }, told.clone());
    let heartbeat = Heartbeat::new(relay::ROUND);
    tokio::spawn(relay::run(kafka.config.clone(), kafka.client(), Arc::clone(&live), metrics, heartbeat));
    let next = async || {
        let text = timeout(Duration::from_secs(30), told.next()).await.expect("nothing was told");
        serde_json::from_str::<Value>(&text).unwrap()
    };
    assert_eq!(next().await, json!({"event": "notifications", "data": {"recipientIds": ["r1"]}}), "it has begun");
    kafka.put(Topic::NotificationChanged, "r1", b"no json").await;
    put("other", "r2").await;
    put("new", "r1").await;
    let data = json!({"recipientId": "r1", "id": "new", "version": 1, "unread": true});
    assert_eq!(next().await, json!({"event": "notification", "data": data}));
    let counted = |line: &str| {
        let mut text = String::new();
        prometheus_client::encoding::text::encode(&mut text, &registry).unwrap();
        text.contains(line)
    };
    let topic = r#"topic="notifications.changed""#;
    assert!(counted(&format!(r#"bad_records_total{{{topic},reason="MalformedRecord"}} 1"#)));
    until(|| counted(&format!(r#"records_total{{{topic},reason="unasked"}} 1"#))).await;
    until(|| counted(&format!(r#"records_total{{{topic},reason="relayed"}} 1"#))).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_relay_of_notifications_that_hangs_makes_the_gateway_not_ready_until_it_goes_on() {
    let kafka = Kafka::new();
    let (live, health) = (Arc::new(Live::new(1_000_000)), Health::default());
    let told = Replies::default();
    live.listeners().set(1, Recipients { recipient_ids: vec!["r1".to_owned()] }, told.clone());
    let heartbeat = health.heartbeat("notifications", Duration::from_millis(200));
    tokio::spawn(relay::run(kafka.config.clone(), kafka.client(), Arc::clone(&live), metrics().0, heartbeat));
    timeout(Duration::from_secs(30), told.next()).await.expect("it has not begun");
    let (release, released) = std::sync::mpsc::channel::<()>();
    let (hold, holds) = std::sync::mpsc::channel::<()>();
    let its_own = Arc::clone(&live);
    let thread = std::thread::spawn(move || {
        let _listeners = its_own.listeners();
        hold.send(()).unwrap();
        let _ = released.recv();
    });
    holds.recv().unwrap();
    let value = encode(&changed("n1", "r1", 1)).unwrap();
    kafka.put(Topic::NotificationChanged, "r1", &value).await;
    until(|| health.loops() == [("notifications", true)]).await;
    assert!(!health.is_ready());
    release.send(()).unwrap();
    thread.join().unwrap();
    until(|| health.is_ready()).await;
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
