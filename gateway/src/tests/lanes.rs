//! A partition that no broker leads, while the readers start and later, against librdkafka's own mock broker.

use std::sync::Arc;
use std::time::Duration;

use delivery_kafka::read::partitions;
use delivery_messages::records::partitioner::partition;
use delivery_messages::{StatePhase, Topic, encode};
use delivery_observability::{Health, Heartbeat};
use prometheus_client::registry::Registry;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::timeout;

use super::kafka::{Kafka, PARTITIONS, metrics, spawn_hub};
use super::sockets::until;
use crate::ingest::follow;
use crate::ingest::input::{self, Input};
use crate::ingest::offsets::Offsets;
use crate::stream::live::Live;
use crate::testing::{plan, position, state};

/// Longer than a start takes that leaves out what cannot be read.
const LIMIT: Duration = Duration::from_mins(1);

/// Readers, what they have read, and how their end is told.
struct Reading {
    kafka: Kafka,
    offsets: Arc<Offsets>,
    live: Arc<Live>,
    health: Health,
    registry: Registry,
    following: JoinHandle<String>,
}

/// The id of a delivery in that partition.
fn id_in(of: i32) -> String {
    let mut ids = (0..).map(|number| format!("d{number}"));
    ids.find(|id| partition(id.as_bytes(), PARTITIONS) == of).unwrap()
}

impl Reading {
    /// Of two deliveries, one in each partition, once the first snapshot is complete. Partition 1 of the topic has no leader, if one is given.
    async fn of(broken: Option<Topic>) -> Self {
        let kafka = Kafka::new();
        for id in [id_in(0), id_in(1)] {
            kafka.put(Topic::Plan, &id, &encode(&plan(&id)).unwrap()).await;
            kafka.put(Topic::State, &id, &encode(&state(&id, 1, StatePhase::Running)).unwrap()).await;
            kafka.put(Topic::NewPosition, &id, &encode(&position(&id, 2, false)).unwrap()).await;
        }
        if let Some(topic) = broken {
            kafka.broker.partition_leader(&kafka.config.topic(topic), 1, None).unwrap();
        }
        let ((metrics, registry), live, health) = (metrics(), Arc::new(Live::new(1_000_000)), Health::default());
        let (records, inputs) = mpsc::channel::<Input>(input::QUEUE);
        spawn_hub(inputs, &live, &metrics);
        let offsets = Arc::new(kafka.offsets(Topic::NewPosition).await.of(super::log()));
        let heartbeat = Heartbeat::new(follow::ROUND);
        let run = follow::run(kafka.config.clone(), Arc::clone(&offsets), records, metrics, health.clone(), heartbeat);
        let following = tokio::spawn(async { run.await.unwrap_err().to_string() });
        timeout(LIMIT, live.readiness().wait_for(|ready| *ready)).await.expect("no first picture").unwrap();
        Self { kafka, offsets, live, health, registry, following }
    }

    fn seq(&self, id: &str) -> Option<u64> {
        self.live.published().delivery(id)?.delivery.fix.map(|fix| fix.seq)
    }

    async fn put(&self, id: &str, seq: u64) {
        self.kafka.put(Topic::NewPosition, id, &encode(&position(id, seq, false)).unwrap()).await;
    }

    async fn until_at(&self, id: &str, seq: u64) {
        let mut changes = self.live.changes();
        timeout(LIMIT, changes.wait_for(|_| self.seq(id) == Some(seq))).await.expect("it is not followed").unwrap();
    }
}

/// A gateway that starts while partition 1 of a topic has no leader.
async fn starts_without(topic: Topic, there_at: Option<u64>) {
    let reading = Reading::of(Some(topic)).await;
    let (name, here, there) = (reading.kafka.config.topic(topic), id_in(0), id_in(1));
    assert_eq!((reading.seq(&here), reading.seq(&there)), (Some(2), there_at));
    until(|| reading.health.report().contains(&format!("1 of {name}."))).await;
    assert!(reading.health.is_ready(), "{}", reading.health.report());
    let mut text = String::new();
    prometheus_client::encoding::text::encode(&mut text, &reading.registry).unwrap();
    assert!(text.contains(&format!("unread_partitions{{topic=\"{}\"}} 1", topic.name())), "{text}");
    if topic != Topic::Catalogue {
        let ends = reading.offsets.try_ends().await.unwrap();
        assert!(ends.into_keys().eq([0]), "what is left out is no lag");
    }
    reading.put(&here, 3).await;
    reading.until_at(&here, 3).await;

    reading.kafka.broker.partition_leader(&name, 1, Some(1)).unwrap();
    let ended = timeout(LIMIT, reading.following).await.expect("it goes on as before").unwrap();
    assert!(ended.starts_with(&format!("Partition 1 of {name}, which could not be read")), "{ended}");
}

#[tokio::test]
async fn without_states_of_a_partition_its_deliveries_alone_are_missing_until_it_can_be_read() {
    starts_without(Topic::State, None).await;
}

#[tokio::test]
async fn without_plans_of_a_partition_its_deliveries_alone_are_missing_until_it_can_be_read() {
    starts_without(Topic::Plan, None).await;
}

#[tokio::test]
async fn without_positions_of_a_partition_its_deliveries_are_where_their_states_say_until_it_can_be_read() {
    starts_without(Topic::NewPosition, Some(1)).await;
}

#[tokio::test]
async fn without_routes_of_a_partition_all_deliveries_are_served_until_it_can_be_read() {
    starts_without(Topic::Catalogue, Some(2)).await;
}

#[tokio::test]
async fn a_partition_that_breaks_later_holds_up_its_own_positions_alone() {
    let reading = Reading::of(None).await;
    let (name, here, there) = (reading.kafka.config.topic(Topic::NewPosition), id_in(0), id_in(1));
    assert!(!reading.health.report().contains("partitions"), "{}", reading.health.report());
    reading.kafka.broker.partition_leader(&name, 1, None).unwrap();
    reading.put(&here, 3).await;
    reading.until_at(&here, 3).await;
    let measured = async {
        // As the watch over the topics does every few seconds.
        while partitions::count(reading.offsets.client(), &name, LIMIT).await.is_err()
            || !reading.offsets.try_ends().await.is_ok_and(|ends| ends.into_keys().eq([0]))
        {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    };
    timeout(LIMIT, measured).await.expect("the lag of the other partition is not measured");
    reading.kafka.broker.partition_leader(&name, 1, Some(1)).unwrap();
    reading.put(&there, 3).await;
    reading.until_at(&there, 3).await;
    assert!(!reading.following.is_finished());
}
