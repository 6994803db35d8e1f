use std::collections::BTreeMap;
use std::time::Duration;

use delivery_kafka::connect::statistics::BrokerState;
use prometheus_client::encoding::text::encode;

use super::*;

fn state(is_up: bool, milliseconds: Option<u64>) -> BrokerState {
    BrokerState { is_up, round_trip: milliseconds.map(Duration::from_millis) }
}

#[test]
fn each_broker_is_shown_until_no_client_knows_it_any_more() {
    let brokers = Brokers::default();
    let mut registry = Registry::with_prefix("delivery_gateway");
    brokers.clone().register(&mut registry);
    let shown = || {
        let mut text = String::new();
        encode(&mut text, &registry).unwrap();
        text
    };
    let two = Statistics { brokers: BTreeMap::from([(0, state(true, Some(4))), (1, state(false, None))]), queued: 7 };
    brokers.show(&Statistics::default(), &two);
    let text = shown();
    for line in [
        "delivery_gateway_kafka_broker_up{broker=\"0\"} 1",
        "delivery_gateway_kafka_broker_up{broker=\"1\"} 0",
        "delivery_gateway_kafka_round_trip_seconds{broker=\"0\"} 0.004",
        "delivery_gateway_kafka_queued_records 7",
    ] {
        assert!(text.lines().any(|found| found == line), "{line} is not in\n{text}");
    }
    assert!(!text.contains("round_trip_seconds{broker=\"1\"}"), "it was asked nothing:\n{text}");
    let one = Statistics { brokers: BTreeMap::from([(0, state(true, None))]), queued: 0 };
    brokers.show(&two, &one);
    let text = shown();
    assert!(!text.contains("broker=\"1\""), "it is no broker of the cluster any more:\n{text}");
    assert!(text.contains("round_trip_seconds{broker=\"0\"} 0.004"), "the last that is known:\n{text}");
}
