//! Simulators on a real Kafka: interrupted, run twice, suspended, and with a log that is shorter than the trip.
//!
//! They run in the test's own process, on temporary topics, so that they can be stopped between any two instructions. Killed pods are
//! in `delivery.rs`, a killed Kafka in `outages.rs`.

#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test ends with the first thing that is wrong"
)]

use std::collections::hash_map::RandomState;
use std::future::pending;
use std::hash::BuildHasher;
use std::sync::Arc;
use std::time::Duration;

use delivery_e2e::log::Record;
use delivery_e2e::topics::{OwnTopics, PARTITIONS};
use delivery_e2e::within;
use delivery_kafka::write::writer;
use delivery_messages::records::partitioner;
use delivery_messages::{NewPosition, State, StatePhase, TRACEPARENT_HEADER, Topic, decode};
use delivery_motion::{Drive, Model, Motion, Path};
use delivery_observability::Health;
use delivery_simulator::delivery::plans::Delivery;
use delivery_simulator::metrics::Metrics;
use delivery_simulator::service::environment::Environment;
use delivery_simulator::service::run::{Ending, run};
use prometheus_client::registry::Registry;
use rdkafka::producer::{FutureProducer, FutureRecord};
use tokio::time::sleep;

const INTERVAL: u32 = 50;

struct Road {
    topics: OwnTopics,
    deliveries: Vec<Delivery>,
}

impl Road {
    /// Deliveries of this many points, one every 50 ms.
    async fn new(deliveries: u32, points: u32) -> Self {
        let topics = OwnTopics::create("vehicle").await.unwrap();
        let path: Vec<[f64; 2]> = (0..points).map(|point| [-47.9 + f64::from(point) * 1e-4, -15.8]).collect();
        let path = Arc::new(Path::new(&path).unwrap());
        let model = Model { motion: Motion::PointPerTick, interval_milliseconds: INTERVAL, seed: 7, noise_meters: 3 };
        let delivery = |number: u32| Delivery {
            id: format!("vehicle-{number}"),
            route_id: "1".to_owned(),
            client_id: String::new(),
            drive: Drive::new(Arc::clone(&path), model).unwrap(),
            created_at: 0,
            resumed_at: None,
            traceparent: Some(format!("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203{number:03}-01").into()),
            pod: None,
        };
        Self { topics, deliveries: (0..deliveries).map(delivery).collect() }
    }

    /// A separate process, and its counters.
    fn process(&self) -> (Environment, Metrics) {
        let metrics = Metrics::register(&mut Registry::default());
        (Environment::new(self.topics.log.config.clone(), metrics.clone(), Health::default()), metrics)
    }

    /// Runs to the end; returns the number of records that were read back before.
    async fn finish(&self) -> u64 {
        let (around, metrics) = self.process();
        let ending =
            within("the end of the road", async { Ok(run(&around, &self.deliveries, pending()).await?) }).await;
        assert_eq!(ending.unwrap(), Ending::Finished);
        metrics.records_read.get()
    }

    /// Runs until this many positions are acknowledged, and is cut off without notice.
    async fn drive(&self, positions: u64) {
        let (around, metrics) = self.process();
        tokio::select! {
            ended = run(&around, &self.deliveries, pending()) => panic!("it was to be cut off: {ended:?}"),
            () = produced(&metrics, positions) => {}
        }
    }

    async fn records(&self, topic: Topic, id: &str) -> Vec<Record> {
        self.topics.log.all(topic).await.unwrap().into_iter().filter(|record| record.key == id).collect()
    }

    async fn positions(&self, id: &str) -> Vec<(NewPosition, Record)> {
        let records = self.records(Topic::NewPosition, id).await;
        records.into_iter().map(|one| (decode(Topic::NewPosition, one.value.as_deref()).unwrap(), one)).collect()
    }

    /// Checks that a reader that drops repeats sees each position from `first` on once, in order, at its time, and the
    /// end; that a repeat is identical byte for byte; and that the trace is on every record. Returns the number of
    /// repeats.
    async fn check(&self, first: u64) -> usize {
        let mut repeats = 0;
        for delivery in &self.deliveries {
            let mut seen: Vec<(NewPosition, Record)> = Vec::new();
            for (position, record) in self.positions(&delivery.id).await {
                assert_eq!(record.headers[TRACEPARENT_HEADER].as_str(), delivery.traceparent.as_deref().unwrap());
                let known = position.seq.checked_sub(first).and_then(|place| seen.get(usize::try_from(place).unwrap()));
                if let Some((_, known)) = known {
                    assert_eq!(known.value, record.value, "seq {} is repeated with other bytes", position.seq);
                    repeats += 1;
                    continue;
                }
                assert_eq!(position.seq, first + u64::try_from(seen.len()).unwrap(), "a gap, or out of order");
                seen.push((position, record));
            }
            let (last, _) = seen.last().unwrap();
            assert!(last.finished && last.seq == delivery.drive.last_seq());
            let suspended = i64::from(delivery.resumed_at.is_some());
            let waits = seen.windows(2).map(|pair| pair[1].0.at - pair[0].0.at - i64::from(INTERVAL));
            assert!(waits.filter(|wait| *wait != 0).count() <= usize::try_from(suspended).unwrap(), "a tick has moved");
            let states = self.records(Topic::State, &delivery.id).await;
            assert!(states.iter().all(|record| record.headers.contains_key(TRACEPARENT_HEADER)));
            let state = |record: &Record| decode::<State>(Topic::State, record.value.as_deref()).unwrap();
            if first == 0 {
                assert_eq!(seen[0].0.at, state(&states[0]).start, "the first state in the log fixes the start");
            }
            let newest = state(states.last().unwrap());
            assert_eq!((newest.phase, newest.seq), (StatePhase::Finished, i64::try_from(last.seq).unwrap()));
        }
        repeats
    }
}

async fn produced(metrics: &Metrics, positions: u64) {
    while metrics.positions_produced.get() < positions {
        sleep(Duration::from_millis(1)).await;
    }
}

fn now() -> i64 {
    jiff::Timestamp::now().as_millisecond()
}

#[tokio::test]
async fn a_vehicle_interrupted_at_any_instant_continues_at_the_next_position() {
    let road = Road::new(3, 120).await;
    let seed = RandomState::new().hash_one("seed");
    println!("seed {seed}");
    let mut random = seed;
    for _ in 0..25 {
        // Marsaglia's xorshift64: from a start that has read nothing yet to a vehicle under way.
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        let (around, _) = road.process();
        tokio::select! {
            _ = run(&around, &road.deliveries, pending()) => break,
            () = sleep(Duration::from_micros(random % 400_000)) => {}
        }
    }
    road.finish().await;
    let repeats = road.check(0).await;
    println!("{repeats} repeats");
    road.topics.remove().await.unwrap();
}

#[tokio::test]
async fn two_processes_with_the_same_plan_write_identical_positions() {
    let road = Road::new(3, 400).await;
    let (first, second) = (road.process(), road.process());
    let both = async {
        tokio::join!(produced(&first.1, 90), produced(&second.1, 90));
    };
    tokio::select! {
        ended = run(&first.0, &road.deliveries, pending()) => panic!("it was to be cut off: {ended:?}"),
        ended = run(&second.0, &road.deliveries, pending()) => panic!("it was to be cut off: {ended:?}"),
        () = both => {}
    }
    road.finish().await;
    let repeats = road.check(0).await;
    assert!(repeats >= 60, "{repeats} repeats: they did not drive at once");
    road.topics.remove().await.unwrap();
}

/// As left by two processes that both found nothing of a new delivery, and ended before anything moved.
#[tokio::test]
async fn the_first_of_two_initial_states_in_the_log_fixes_the_start() {
    let road = Road::new(1, 20).await;
    let start = now() - 400;
    let producer: FutureProducer = writer::settings(&road.topics.log.config, "vehicle").unwrap().create().unwrap();
    let topic = road.topics.log.config.topic(Topic::State);
    for later in [0, 137] {
        let state = State {
            delivery_id: "vehicle-0".to_owned(),
            version: State::version_of(-1, false),
            phase: StatePhase::Running,
            start: start + later,
            seq: -1,
            at: start + later,
            position: None,
            speed: 0.0,
            heading: 0.0,
            progress: 0.0,
            eta: start + later,
            late_milliseconds: None,
            partition: partitioner::partition(b"vehicle-0", PARTITIONS),
            offset: 0,
            reason: None,
            pod: None,
        };
        let value = serde_json::to_string(&state).unwrap();
        let headers = writer::traced(road.deliveries[0].traceparent.as_deref());
        let record = FutureRecord::to(&topic).key("vehicle-0").payload(&value).headers(headers);
        producer.send(record, Duration::from_secs(10)).await.unwrap();
    }
    road.finish().await;
    assert_eq!(road.check(0).await, 0);
    assert_eq!(road.positions("vehicle-0").await[0].0.at, start);
    road.topics.remove().await.unwrap();
}

#[tokio::test]
async fn a_suspension_does_not_count_as_travel_time_and_leaves_no_gap() {
    let mut road = Road::new(1, 200).await;
    let (around, metrics) = road.process();
    let ending = run(&around, &road.deliveries, produced(&metrics, 20)).await.unwrap();
    assert_eq!(ending, Ending::Interrupted);
    let standing = road.positions("vehicle-0").await.len();
    sleep(Duration::from_secs(2)).await;
    assert_eq!(road.positions("vehicle-0").await.len(), standing, "nothing comes from a suspended delivery");
    let resumed = now();
    road.deliveries[0].resumed_at = Some(resumed);
    road.finish().await;
    assert_eq!(road.check(0).await, 0, "who is asked to end leaves nothing to be repeated");
    let positions = road.positions("vehicle-0").await;
    assert_eq!(positions[standing].0.at, resumed);
    road.topics.remove().await.unwrap();
}

#[tokio::test]
async fn positions_due_while_no_process_ran_are_written_later_with_their_due_times() {
    let road = Road::new(2, 200).await;
    road.drive(40).await;
    sleep(Duration::from_secs(2)).await;
    let back = now();
    road.finish().await;
    road.check(0).await;
    let late = road.positions("vehicle-0").await.into_iter().filter(|(position, _)| position.at < back - 100).count();
    assert!(late > 30, "{late} were due before the process was back");
    road.topics.remove().await.unwrap();
}

#[tokio::test]
async fn a_retention_shorter_than_the_trip_breaks_neither_resuming_nor_order() {
    let road = Road::new(1, 270).await;
    // Seven and a half seconds: the newest state is of about the hundredth position when it is cut off.
    road.drive(150).await;
    let states = road.records(Topic::State, "vehicle-0").await;
    let state: State = decode(Topic::State, states.last().unwrap().value.as_deref()).unwrap();
    let positions = road.positions("vehicle-0").await;
    let newest = positions.last().unwrap().0.seq;
    let left = &positions[positions.len() - 4];
    assert!(left.1.offset > state.offset + 1, "retention has not passed the state of seq {}", state.seq);
    road.topics.cut(left.1.partition, left.1.offset).await.unwrap();
    road.finish().await;
    let first = left.0.seq;
    assert_eq!(road.check(first).await, 0, "what is left, {first} to {newest}, is not written again");
    road.topics.remove().await.unwrap();
}

#[tokio::test]
async fn resuming_reads_no_more_than_what_followed_the_newest_state() {
    const OTHERS: usize = 20_000;
    let road = Road::new(1, 260).await;
    let partition = partitioner::partition(b"vehicle-0", PARTITIONS);
    let key = (0..).map(|number| format!("other-{number}"));
    let key = key.into_iter().find(|key| partitioner::partition(key.as_bytes(), PARTITIONS) == partition).unwrap();
    let producer: FutureProducer = writer::settings(&road.topics.log.config, "vehicle").unwrap().create().unwrap();
    for topic in [Topic::NewPosition, Topic::State] {
        let topic = road.topics.log.config.topic(topic);
        let record = || FutureRecord::to(&topic).key(&key).payload("{}").timestamp(now() - 3_600_000);
        let sent: Vec<_> = (0..OTHERS).map(|_| producer.send_result(record()).map_err(|(error, _)| error)).collect();
        for sent in sent {
            sent.unwrap().await.unwrap().map_err(|(error, _)| error).unwrap();
        }
    }
    road.drive(220).await;
    let count = road.finish().await;
    road.check(0).await;
    // Twenty positions a second since a state that is at most five seconds old, and the states of a minute.
    assert!(count < 300, "{count} records were read back");
    road.topics.remove().await.unwrap();
}
