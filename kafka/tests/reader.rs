//! The reader over Kafka's protocol, against the mock cluster that comes with the client library: not a real Kafka.

#![allow(clippy::panic, clippy::unwrap_used, reason = "a test ends with the first thing that is wrong")]

use std::time::Duration;

use delivery_kafka::write::writer;
use delivery_kafka::{Event, KafkaConfig, Lookup, ReadError, Reader, Start};
use rdkafka::message::Headers;
use rdkafka::mocking::MockCluster;
use rdkafka::producer::{DefaultProducerContext, FutureProducer, FutureRecord};
use rdkafka::types::{RDKafkaApiKey, RDKafkaRespErr};
use rdkafka::util::Timeout;
use rdkafka::{Message, Offset};

const TOPIC: &str = "route.new-position";

fn cluster() -> (MockCluster<'static, DefaultProducerContext>, KafkaConfig) {
    let mock = MockCluster::new(1).unwrap();
    mock.create_topic(TOPIC, 1, 1).unwrap();
    let config = KafkaConfig {
        bootstrap_servers: mock.bootstrap_servers(),
        topic_prefix: String::new(),
        group_prefix: String::new(),
        properties_directory: None,
    };
    (mock, config)
}

async fn write(config: &KafkaConfig, value: &str) {
    let producer: FutureProducer = writer::settings(config, "test").unwrap().create().unwrap();
    producer.send(FutureRecord::<str, _>::to(TOPIC).payload(value), Timeout::Never).await.unwrap();
}

async fn next_value(reader: &Reader) -> String {
    loop {
        if let Event::Record(record) = reader.next().await.unwrap() {
            return String::from_utf8_lossy(record.payload().unwrap()).into_owned();
        }
    }
}

#[tokio::test]
async fn a_partition_is_read_to_its_end_and_on() {
    let (_mock, config) = cluster();
    write(&config, "first").await;
    let start = Start { topic: TOPIC.to_owned(), partition: 0, offset: Offset::Beginning };
    let reader = Reader::open(&config, "test", &[start]).unwrap();
    let mut values = 0;
    reader.read_to_end(|_| values += 1).await.unwrap();
    assert_eq!(values, 1);
    write(&config, "second").await;
    assert_eq!(next_value(&reader).await, "second");
}

#[tokio::test]
async fn a_tail_reads_on_from_where_it_is_told_and_is_told_no_ends() {
    let (_mock, config) = cluster();
    for value in ["first", "second"] {
        write(&config, value).await;
    }
    let start = Start { topic: TOPIC.to_owned(), partition: 0, offset: Offset::Offset(1) };
    let reader = Reader::tail(&config, "test", &[start]).unwrap();
    for value in ["second", "third"] {
        let event = tokio::time::timeout(Duration::from_secs(20), reader.next()).await.unwrap().unwrap();
        let Event::Record(record) = event else { panic!("an end, before {value}") };
        assert_eq!(record.payload().unwrap(), value.as_bytes());
        if value == "second" {
            // It has long seen the end by then.
            assert!(tokio::time::timeout(Duration::from_secs(3), reader.next()).await.is_err());
            write(&config, "third").await;
        }
    }
    reader.close().await;
}

/// A client whose queue was full once waits a second by default before it fetches more, however soon the queue is empty.
#[tokio::test]
async fn a_reader_that_was_busy_for_a_while_is_not_kept_waiting_for_the_rest() {
    const COUNT: usize = 400;
    const ATTEMPTS: usize = 3;
    let (_mock, config) = cluster();
    let producer: FutureProducer =
        writer::settings(&config, "test").unwrap().set("compression.type", "none").create().unwrap();
    let value = "x".repeat(8 * 1024);
    let record = || FutureRecord::<str, _>::to(TOPIC).payload(&value);
    let sent: Vec<_> = (0..COUNT).map(|_| producer.send_result(record()).unwrap()).collect();
    for delivery in sent {
        delivery.await.unwrap().unwrap();
    }
    let start = [Start { topic: TOPIC.to_owned(), partition: 0, offset: Offset::Beginning }];
    let mut took: Vec<Duration> = Vec::new();
    // The machine may be busy with something else once; the client would wait each time.
    while took.len() < ATTEMPTS && took.iter().all(|took| *took >= Duration::from_millis(500)) {
        let reader = Reader::open(&config, "test", &start).unwrap();
        assert_eq!(next_value(&reader).await, value);
        tokio::time::sleep(Duration::from_millis(200)).await;
        let began = std::time::Instant::now();
        for _ in 1..COUNT {
            next_value(&reader).await;
        }
        took.push(began.elapsed());
    }
    assert!(took.iter().any(|took| *took < Duration::from_millis(500)), "{took:?}");
}

/// Every failed reconnection leaves a report in the reader's queue; ten seconds of them were once minutes of silence.
#[tokio::test]
async fn a_record_after_an_outage_is_not_held_up_by_the_reports_of_the_outage() {
    let (mock, config) = cluster();
    let start = Start { topic: TOPIC.to_owned(), partition: 0, offset: Offset::Beginning };
    let reader = Reader::open(&config, "test", &[start]).unwrap();
    reader.read_to_end(|_| ()).await.unwrap();
    mock.broker_down(1).unwrap();
    tokio::time::sleep(Duration::from_secs(10)).await;
    mock.broker_up(1).unwrap();
    write(&config, "after").await;
    let found = tokio::time::timeout(Duration::from_secs(3), next_value(&reader)).await;
    assert_eq!(found.unwrap(), "after");
}

/// A client that learns of a topic only when it begins to read it asks for its leaders up to a second later, and one that
/// must first ask where a partition begins half a second.
#[tokio::test]
async fn what_topics_hold_is_looked_up_one_after_the_other_without_a_wait() {
    const OTHER: &str = "delivery.state";
    let (mock, config) = cluster();
    mock.create_topic(OTHER, 2, 1).unwrap();
    write(&config, "first").await;
    let from_begin = |topic: &str, partition| Start { topic: topic.to_owned(), partition, offset: Offset::Beginning };
    let began = std::time::Instant::now();
    let mut lookup = Lookup::open(&config, "test").unwrap();
    lookup.meet(TOPIC, Duration::from_secs(5)).await.unwrap();
    lookup.meet(OTHER, Duration::from_secs(5)).await.unwrap();
    let mut values = Vec::new();
    for starts in [vec![from_begin(OTHER, 0), from_begin(OTHER, 1)], vec![from_begin(TOPIC, 0)], Vec::new()] {
        lookup.read(&starts, |record| values.push(record.payload().unwrap().to_vec())).await.unwrap();
    }
    assert_eq!(values, [b"first"]);
    assert!(began.elapsed() < Duration::from_millis(500), "{:?}", began.elapsed());
}

/// The mock cluster knows no offsets by time, as an old broker.
#[tokio::test]
async fn the_newest_records_are_looked_up_also_when_kafka_does_not_answer_at_once() {
    let (mock, config) = cluster();
    for value in ["first", "second", "third"] {
        write(&config, value).await;
    }
    let mut lookup = Lookup::open(&config, "test").unwrap();
    let moved = RDKafkaRespErr::RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION;
    mock.request_errors(RDKafkaApiKey::ListOffsets, &[moved; 2]);
    let starts = lookup.newest(TOPIC, &[0], 0, 2).await.unwrap();
    assert_eq!(starts, [Start { topic: TOPIC.to_owned(), partition: 0, offset: Offset::Offset(1) }]);
    let mut values = Vec::new();
    lookup.read(&starts, |record| values.push(record.payload().unwrap().to_vec())).await.unwrap();
    assert_eq!(values, [b"second".to_vec(), b"third".to_vec()]);
    let refused = RDKafkaRespErr::RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED;
    mock.request_errors(RDKafkaApiKey::ListOffsets, &[refused; 2]);
    let error = lookup.newest(TOPIC, &[0], 0, 2).await.unwrap_err();
    assert!(matches!(&error, ReadError::Refused { topics, .. } if topics == TOPIC), "{error}");
}

#[test]
fn a_record_of_a_trace_carries_it() {
    let headers = |trace| {
        let headers = writer::traced(trace);
        (0..headers.count()).map(|at| headers.get(at).key.to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(headers(None), ["content-type", "schema-version"]);
    assert_eq!(headers(Some("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")).last().unwrap(), "traceparent");
}
