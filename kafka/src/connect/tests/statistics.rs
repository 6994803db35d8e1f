use serde_json::json;

use super::*;

fn report(name: &str, brokers: &serde_json::Value) -> Statistics {
    let report = json!({
        "name": name, "type": "consumer", "msg_cnt": 2, "brokers": brokers,
        "topics": {"positions": {"topic": "positions", "partitions": {
            "0": {"partition": 0, "fetchq_cnt": 40},
            "-1": {"partition": -1, "fetchq_cnt": 0},
        }}},
    });
    let (found, statistics) = read(serde_json::from_value(report).unwrap());
    assert_eq!(found, name);
    statistics
}

fn broker(id: i32, state: &str, average: i64, count: i64) -> serde_json::Value {
    json!({"nodeid": id, "nodename": "kafka:9092", "state": state, "rtt": {"avg": average, "cnt": count, "p99": 9}})
}

#[test]
fn a_report_names_the_brokers_that_were_tried_and_what_is_queued() {
    let statistics = report(
        "reader#consumer-1",
        &json!({
            "kafka:9092/bootstrap": broker(-1, "UP", 1_000, 2),
            "kafka-0:9092/0": broker(0, "UP", 4_000, 3),
            "kafka-1:9092/1": broker(1, "DOWN", 0, 0),
            "kafka-2:9092/2": broker(2, "INIT", 0, 0),
            "GroupCoordinator": broker(0, "UPDATE", 3_000, 1),
        }),
    );
    let expected = [
        (0, BrokerState { is_up: true, round_trip: Some(Duration::from_millis(3)) }),
        (1, BrokerState { is_up: false, round_trip: None }),
    ];
    assert_eq!(statistics, Statistics { brokers: BTreeMap::from(expected), queued: 42 });
}

#[test]
fn a_broker_is_up_for_all_when_one_client_is_connected() {
    let one = report("one", &json!({"a": broker(0, "DOWN", 0, 0), "b": broker(1, "CONNECT", 0, 0)}));
    let other = report("other", &json!({"a": broker(0, "UP", 500_000, 1), "b": broker(1, "DOWN", 0, 0)}));
    let sum = together([&one, &other].into_iter());
    assert!(sum.brokers[&0].is_up && !sum.brokers[&1].is_up, "{sum:?}");
    assert_eq!(sum.brokers[&0].round_trip, Some(Duration::from_millis(500)));
    assert_eq!(sum.queued, 84);
    assert_eq!(together(std::iter::empty()), Statistics::default());
}

#[test]
fn the_last_report_of_a_client_counts() {
    for count in [7, 3] {
        note(json!({"name": "counted", "msg_cnt": count}).to_string().as_bytes());
    }
    note(b"not JSON");
    assert_eq!(latest().queued, 3);
}
