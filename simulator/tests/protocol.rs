//! The whole loop over Kafka's protocol, against the mock cluster that comes with the client library: not a real Kafka,
//! but one whose brokers can be made to fail in ways that a real one seldom does.

#![expect(clippy::indexing_slicing, clippy::unwrap_used, reason = "a helper of tests")]

use std::collections::HashSet;
use std::collections::hash_map::RandomState;
use std::future::{Future, pending};
use std::hash::BuildHasher;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use delivery_kafka::{KafkaConfig, Reader, Start};
use delivery_messages::{NewPosition, State, StatePhase, Topic};
use delivery_motion::{Drive, Model, Motion};
use delivery_observability::Health;
use delivery_simulator::delivery::plans::{self, Delivery};
use delivery_simulator::metrics::Metrics;
use delivery_simulator::service::environment::Environment;
use delivery_simulator::service::run::{Ending, FLUSH, run};
use prometheus_client::registry::Registry;
use rdkafka::Offset;
use rdkafka::message::{BorrowedMessage, Message};
use rdkafka::mocking::MockCluster;
use rdkafka::producer::DefaultProducerContext;
use rdkafka::types::{RDKafkaApiKey, RDKafkaRespErr};
use serde_json::{Value, json};
use tokio::time::{sleep, timeout};

const PARTITIONS: i32 = 3;
const POINTS: u32 = 40;
const LIMIT: Duration = Duration::from_secs(40);

struct Cluster {
    mock: MockCluster<'static, DefaultProducerContext>,
    environment: Environment,
    registry: Registry,
}

impl Cluster {
    fn start() -> Self {
        let mock = MockCluster::new(1).unwrap();
        let kafka = KafkaConfig {
            bootstrap_servers: mock.bootstrap_servers(),
            topic_prefix: "north.".to_owned(),
            group_prefix: String::new(),
            properties_directory: None,
        };
        for topic in [Topic::NewPosition, Topic::State] {
            mock.create_topic(&kafka.topic(topic), PARTITIONS, 1).unwrap();
        }
        let mut registry = Registry::default();
        let metrics = Metrics::register(&mut registry);
        Self { mock, environment: Environment::new(kafka, metrics, Health::default()), registry }
    }

    async fn drive(&self, deliveries: &[Delivery]) -> Ending {
        timeout(LIMIT, run(&self.environment, deliveries, pending())).await.unwrap().unwrap()
    }

    async fn drive_until(&self, deliveries: &[Delivery], stop: impl Future<Output = ()>) -> Ending {
        timeout(LIMIT, run(&self.environment, deliveries, stop)).await.unwrap().unwrap()
    }

    /// Drives to the end while trouble comes; it must have come by then.
    async fn drive_through(&self, deliveries: &[Delivery], trouble: impl Future<Output = ()>) {
        let (ending, in_time) = tokio::join!(self.drive(deliveries), timeout(LIMIT, trouble));
        in_time.unwrap();
        assert_eq!(ending, Ending::Finished);
    }

    /// Waits until that many more positions have been acknowledged.
    async fn produced(&self, more: u64) {
        let wanted = self.environment.metrics.positions_produced.get() + more;
        while self.environment.metrics.positions_produced.get() < wanted {
            sleep(Duration::from_millis(5)).await;
        }
    }

    /// All records of a topic; those of one delivery are in one partition, and so in their order.
    async fn records(&self, topic: Topic) -> Vec<Vec<u8>> {
        let starts = Start::each(&self.environment.kafka.topic(topic), 0..PARTITIONS, Offset::Beginning);
        let reader = Reader::open(&self.environment.kafka, "test", &starts).unwrap();
        let mut records = Vec::new();
        let each = |record: &BorrowedMessage<'_>| records.push(record.payload().unwrap().to_vec());
        timeout(LIMIT, reader.read_to_end(each)).await.unwrap().unwrap();
        records
    }

    /// Checks that each delivery's positions are all there X    /// the number of repeats.
    async fn check(&self, deliveries: &[Delivery]) -> usize {
        let mut repeats = 0;
        let positions = self.records(Topic::NewPosition).await;
        let states = self.records(Topic::State).await;
        for delivery in deliveries {
            let (mut seen, mut next) = (HashSet::new(), 0);
            for value in &positions {
                let position: NewPosition = serde_json::from_slice(value).unwrap();
                if position.delivery_id != delivery.id {
                    continue;
                }
                if seen.insert(value) {
                    assert_eq!(position.seq, next, "a gap, or a repeat that differs, of {}", delivery.id);
                    assert_eq!(position.finished, next == delivery.drive.last_seq());
                    next += 1;
                } else {
                    repeats += 1;
                }
            }
            assert_eq!(next, delivery.drive.last_seq() + 1, "{} has not arrived", delivery.id);
            let last = states
                .iter()
                .map(|value| serde_json::from_slice::<State>(value).unwrap())
                .rfind(|state| state.delivery_id == delivery.id)
                .unwrap();
            assert_eq!((last.phase, last.seq), (StatePhase::Finished, i64::try_from(next).unwrap() - 1));
        }
        repeats
    }

    fn metric(&self, name: &str) -> String {
        let mut text = String::new();
        prometheus_client::encoding::text::encode(&mut text, &self.registry).unwrap();
        text.lines().find(|line| line.starts_with(name)).unwrap_or_default().to_owned()
    }
}

fn deliveries(count: u32, interval_milliseconds: u32) -> Vec<Delivery> {
    let points: Vec<[f64; 2]> = (0..POINTS).map(|i| [-47.9 + f64::from(i) * 1e-4, -15.8]).collect();
    let path = Arc::new(delivery_motion::Path::new(&points).unwrap());
    let model = Model { motion: Motion::PointPerTick, interval_milliseconds, seed: 1, noise_meters: 3 };
    (0..count)
        .map(|i| Delivery {
            id: format!("d{i}"),
            route_id: "1".to_owned(),
            client_id: String::new(),
            drive: Drive::new(Arc::clone(&path), model).unwrap(),
            created_at: 0,
            resumed_at: None,
            traceparent: None,
            pod: None,
        })
        .collect()
}

#[tokio::test]
async fn deliveries_are_driven_to_their_ends_and_once_there_left_alone() {
    let (cluster, deliveries) = (Cluster::start(), deliveries(7, 20));
    assert_eq!(cluster.drive(&deliveries).await, Ending::Finished);
    assert_eq!(cluster.check(&deliveries).await, 0);
    assert_eq!(
        cluster.metric("delivery_simulator_positions_produced_total"),
        "delivery_simulator_positions_produced_total 280"
    );
    assert_eq!(cluster.metric("delivery_simulator_deliveries_running "), "delivery_simulator_deliveries_running 0");
    let before = cluster.records(Topic::State).await.len();
    assert_eq!(cluster.drive(&deliveries).await, Ending::Finished);
    assert_eq!(cluster.check(&deliveries).await, 0);
    assert_eq!(cluster.records(Topic::State).await.len(), before);
}

#[tokio::test]
async fn a_run_that_is_asked_to_end_writes_how_far_it_is_and_the_next_goes_on_there() {
    let (cluster, deliveries) = (Cluster::start(), deliveries(3, 200));
    for stop in [1, 20, 20] {
        assert_eq!(cluster.drive_until(&deliveries, cluster.produced(stop)).await, Ending::Interrupted);
    }
    let positions = cluster.records(Topic::NewPosition).await.len();
    let states = cluster.records(Topic::State).await;
    let newest = |delivery: &Delivery| {
        let mut states = states.iter().map(|value| serde_json::from_slice::<State>(value).unwrap());
        states.rfind(|state| state.delivery_id == delivery.id).unwrap().seq + 1
    };
    assert_eq!(deliveries.iter().map(newest).sum::<i64>(), i64::try_from(positions).unwrap());
    assert_eq!(cluster.drive(&deliveries).await, Ending::Finished);
    assert_eq!(cluster.check(&deliveries).await, 0, "nothing was written twice");
}

#[tokio::test]
async fn a_run_that_is_cut_off_is_resumed_from_the_log() {
    let (cluster, deliveries) = (Cluster::start(), deliveries(3, 200));
    for cut in [1, 20, 20] {
        tokio::select! {
            _ = cluster.drive(&deliveries) => panic!("it was to be cut off"),
            () = cluster.produced(cut) => {}
        }
    }
    assert_eq!(cluster.drive(&deliveries).await, Ending::Finished);
    cluster.check(&deliveries).await;
}

#[tokio::test]
async fn a_write_that_kafka_refuses_for_good_is_followed_by_a_new_producer_and_no_gap() {
    let (cluster, deliveries) = (Cluster::start(), deliveries(3, 50));
    let refused = RDKafkaRespErr::RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED;
    let trouble = async {
        cluster.produced(30).await;
        cluster.mock.request_errors(RDKafkaApiKey::Produce, &[refused; 4]);
    };
    cluster.drive_through(&deliveries, trouble).await;
    cluster.check(&deliveries).await;
    let errors = cluster.metric("delivery_simulator_produce_errors_total{");
    assert!(errors.contains("reason=\"TopicAuthorizationFailed\""), "{errors}");
}

#[tokio::test]
async fn a_producer_that_is_broken_for_good_is_replaced_and_goes_on_from_the_log() {
    let (cluster, deliveries) = (Cluster::start(), deliveries(3, 50));
    let fatal = RDKafkaRespErr::RD_KAFKA_RESP_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER;
    let trouble = async {
        cluster.produced(30).await;
        cluster.mock.request_errors(RDKafkaApiKey::Produce, &[fatal; 2]);
    };
    cluster.drive_through(&deliveries, trouble).await;
    cluster.check(&deliveries).await;
    assert_ne!(cluster.metric("delivery_simulator_produce_errors_total{"), "");
}

#[tokio::test]
async fn what_was_due_while_the_broker_was_away_is_written_with_the_time_at_which_it_was_due() {
    let (cluster, deliveries) = (Cluster::start(), deliveries(2, 50));
    let trouble = async {
        cluster.produced(20).await;
        cluster.mock.broker_down(1).unwrap();
        sleep(Duration::from_secs(1)).await;
        cluster.mock.broker_up(1).unwrap();
    };
    cluster.drive_through(&deliveries, trouble).await;
    cluster.check(&deliveries).await;
    let positions = cluster.records(Topic::NewPosition).await;
    let positions: Vec<NewPosition> = positions.iter().map(|value| serde_json::from_slice(value).unwrap()).collect();
    for delivery in &deliveries {
        let of: Vec<_> = positions.iter().filter(|position| position.delivery_id == delivery.id).collect();
        assert!(of.windows(2).all(|pair| pair[1].at - pair[0].at == 50 || pair[1].seq == pair[0].seq));
    }
    assert_ne!(cluster.metric("delivery_simulator_positions_late_total"), "delivery_simulator_positions_late_total 0");
}

#[tokio::test]
async fn while_kafka_is_away_the_loop_comes_round_and_a_restart_is_not_asked_for() {
    let (mut cluster, deliveries) = (Cluster::start(), deliveries(2, 50));
    cluster.environment.loop_limit = Duration::from_millis(2_500);
    let alive = || assert_eq!(cluster.environment.health.is_alive(), Ok(()));
    let trouble = async {
        cluster.produced(20).await;
        cluster.mock.broker_down(1).unwrap();
        for _ in 0..100 {
            sleep(Duration::from_millis(50)).await;
            alive();
        }
        cluster.mock.broker_up(1).unwrap();
    };
    cluster.drive_through(&deliveries, trouble).await;
    sleep(cluster.environment.loop_limit).await;
    alive();
}

#[tokio::test]
async fn a_loop_that_does_not_come_round_in_time_is_reported() {
    let (mut cluster, deliveries) = (Cluster::start(), deliveries(1, 1_000));
    cluster.environment.loop_limit = Duration::ZERO;
    let trouble = async {
        cluster.produced(2).await;
        assert_eq!(cluster.environment.health.is_alive(), Err("stuck: driving loop\n".to_owned()));
    };
    tokio::select! {
        _ = cluster.drive(&deliveries) => panic!("it was to be looked at before"),
        () = trouble => {}
    }
}

#[tokio::test]
async fn a_run_is_ended_within_its_time_limit_even_while_kafka_is_away() {
    let (cluster, deliveries) = (Cluster::start(), deliveries(2, 50));
    let stop = async {
        cluster.produced(20).await;
        cluster.mock.broker_down(1).unwrap();
        sleep(Duration::from_millis(200)).await;
    };
    let begun = Instant::now();
    assert_eq!(cluster.drive_until(&deliveries, stop).await, Ending::Interrupted);
    assert!(begun.elapsed() < FLUSH + Duration::from_secs(10), "{:?}", begun.elapsed());
    // Without a broker from the start, the end comes at once.
    let begun = Instant::now();
    assert_eq!(cluster.drive_until(&deliveries, sleep(Duration::from_millis(300))).await, Ending::Interrupted);
    assert!(begun.elapsed() < Duration::from_secs(3), "{:?}", begun.elapsed());
}

/// As the operator writes them, for the process itself: its configuration and its plans, and what is in them.
fn files(cluster: &Cluster, directory: &Path, count: usize) -> Vec<Delivery> {
    let read = |text: &str| serde_json::from_str::<Value>(text).unwrap()[0].clone();
    let mut route = read(include_str!("../../messages/golden/1/route.catalogue.json"));
    let points: Vec<[f64; 2]> = (0..POINTS).map(|i| [-47.9 + f64::from(i) * 1e-4, -15.8]).collect();
    route["path"] = json!(points);
    let entry = |number: usize| {
        let mut plan = read(include_str!("../../messages/golden/1/delivery.plan.json"));
        (plan["deliveryId"], plan["intervalMilliseconds"]) = (json!(format!("d{number}")), json!(100));
        json!({"plan": plan, "route": route})
    };
    let plans = directory.join("plans.json");
    std::fs::create_dir_all(directory).unwrap();
    std::fs::write(&plans, json!({"plans": (0..count).map(entry).collect::<Vec<_>>()}).to_string()).unwrap();
    let config = json!({"kafka": cluster.environment.kafka, "adminAddress": "127.0.0.1:0"});
    std::fs::write(directory.join("config.yaml"), config.to_string()).unwrap();
    plans::load(&plans).unwrap()
}

#[tokio::test]
async fn a_process_that_is_killed_at_any_instant_is_followed_by_one_that_goes_on() {
    let cluster = Cluster::start();
    let directory = std::env::temp_dir().join(format!("killed-{}", std::process::id()));
    let deliveries = files(&cluster, &directory, 3);
    let start = || {
        tokio::process::Command::new(env!("CARGO_BIN_EXE_code-delivery-simulator"))
            .arg("--config")
            .arg(directory.join("config.yaml"))
            .arg("--plans")
            .arg(directory.join("plans.json"))
            .env("RUST_LOG", "error")
            .kill_on_drop(true)
            .spawn()
            .unwrap()
    };
    let seed = RandomState::new().hash_one("seed");
    println!("seed {seed}");
    let mut random = seed;
    for _ in 0..10 {
        // Marsaglia's xorshift64.
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        let mut process = start();
        sleep(Duration::from_micros(50_000 + random % 500_000)).await;
        process.kill().await.unwrap();
    }
    let ending = timeout(LIMIT, start().wait()).await.unwrap().unwrap();
    std::fs::remove_dir_all(&directory).unwrap();
    assert_eq!(ending.code(), Some(0));
    cluster.check(&deliveries).await;
}
