//! The watch over topics against librdkafka's mock cluster, which has no ids of topics and cannot delete one.

#![allow(clippy::panic, clippy::unwrap_used, reason = "a test ends with the first thing that is wrong")]

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use delivery_kafka::read::partitions;
use delivery_kafka::read::renewal::{LogWatch, Renewal};
use delivery_kafka::write::writer;
use delivery_kafka::{KafkaConfig, Reader, Start};
use rdkafka::Offset;
use rdkafka::mocking::MockCluster;
use rdkafka::producer::{FutureProducer, FutureRecord};

const TOPIC: &str = "delivery.plan";
const OFTEN: Duration = Duration::from_millis(100);

async fn write(producer: &FutureProducer) {
    producer.send(FutureRecord::to(TOPIC).key("a").payload("b"), Duration::from_secs(5)).await.unwrap();
}

#[tokio::test]
async fn a_reader_that_reads_on_is_left_alone_and_one_that_does_not_is_noticed() {
    let cluster = MockCluster::new(1).unwrap();
    cluster.create_topic(TOPIC, 1, 1).unwrap();
    let config = KafkaConfig {
        bootstrap_servers: cluster.bootstrap_servers(),
        topic_prefix: String::new(),
        group_prefix: String::new(),
        properties_directory: None,
    };
    let producer: FutureProducer = writer::settings(&config, "test").unwrap().create().unwrap();
    let reader = Reader::open(&config, "test", &Start::each(TOPIC, [0], Offset::Beginning)).unwrap();
    let client = partitions::client(&config, "test").unwrap();
    let watch = LogWatch::through(&client, [TOPIC.to_owned()]).every(OFTEN);
    watch.add(&reader);

    let reading = async {
        for _ in 0..10 {
            write(&producer).await;
            reader.read_to_end(|_| ()).await.unwrap();
            tokio::time::sleep(OFTEN).await;
        }
    };
    tokio::select! {
        renewal = watch.renewed(|| ()) => panic!("{renewal}"),
        () = reading => {}
    }

    // Nobody calls the reader any more, as if its fetcher had ended.
    let writing = async {
        tokio::time::sleep(OFTEN * 10).await;
        write(&producer).await;
        std::future::pending::<()>().await;
    };
    let renewal = tokio::select! {
        renewal = watch.renewed(|| ()) => renewal,
        () = writing => unreachable!("it never ends"),
        () = tokio::time::sleep(Duration::from_secs(20)) => panic!("nobody has noticed"),
    };
    // The last record but one may have come after the reader's last look at the end.
    assert!(matches!(renewal, Renewal::Unread { partition: 0, end: 11, position: 9..=10, .. }), "{renewal}");
}

#[tokio::test]
async fn each_look_is_a_round_that_ends_before_the_next_begins() {
    let cluster = MockCluster::new(1).unwrap();
    cluster.create_topic(TOPIC, 1, 1).unwrap();
    let config = KafkaConfig {
        bootstrap_servers: cluster.bootstrap_servers(),
        topic_prefix: String::new(),
        group_prefix: String::new(),
        properties_directory: None,
    };
    let client = partitions::client(&config, "test").unwrap();
    let watch = LogWatch::through(&client, [TOPIC.to_owned()]).every(OFTEN);
    let (begun, looking) = (AtomicUsize::new(0), Arc::new(()));
    let round = || {
        begun.fetch_add(1, Ordering::SeqCst);
        assert_eq!(Arc::strong_count(&looking), 1, "the one before has ended");
        Arc::clone(&looking)
    };
    let rounds = async {
        while begun.load(Ordering::SeqCst) < 3 {
            tokio::time::sleep(OFTEN).await;
        }
    };
    tokio::select! {
        renewal = watch.renewed(round) => panic!("{renewal}"),
        () = rounds => {}
        () = tokio::time::sleep(Duration::from_secs(30)) => panic!("it does not come round"),
    }
}

/// A watch that notices that the reader, which has read something once, is not called any more.
async fn notices(config: &KafkaConfig, watch: &LogWatch, limit: Duration) -> bool {
    let producer: FutureProducer = writer::settings(config, "test").unwrap().create().unwrap();
    // Before the reader begins, which might find the end of an empty topic otherwise.
    write(&producer).await;
    let reader = Reader::open(config, "test", &Start::each(TOPIC, [0], Offset::Beginning)).unwrap();
    watch.add(&reader);
    reader.read_to_end(|_| ()).await.unwrap();
    let writing = async {
        for _ in 0..100 {
            tokio::time::sleep(OFTEN * 10).await;
            write(&producer).await;
        }
    };
    tokio::select! {
        renewal = watch.renewed(|| ()) => matches!(renewal, Renewal::Unread { .. }),
        () = writing => false,
        () = tokio::time::sleep(limit) => false,
    }
}

#[tokio::test]
async fn a_watch_asks_through_a_client_that_is_there_anyway_for_as_long_as_it_is() {
    let cluster = MockCluster::new(1).unwrap();
    cluster.create_topic(TOPIC, 1, 1).unwrap();
    let config = KafkaConfig {
        bootstrap_servers: cluster.bootstrap_servers(),
        topic_prefix: String::new(),
        group_prefix: String::new(),
        properties_directory: None,
    };
    let client = partitions::client(&config, "test").unwrap();
    let watch = LogWatch::through(&client, [TOPIC.to_owned()]).every(OFTEN);
    assert!(notices(&config, &watch, Duration::from_secs(30)).await);
    drop(client);
    assert!(
        !notices(&config, &watch, Duration::from_secs(8)).await,
        "it keeps no client alive, and ends nothing without one"
    );
}
