use super::*;

#[test]
fn an_ipv6_address_of_a_broker_is_in_brackets() {
    assert_eq!(address("kafka-0.kafka", 9092), "kafka-0.kafka:9092");
    assert_eq!(address("10.0.0.7", 9092), "10.0.0.7:9092");
    assert_eq!(address("fd00::7", 9092), "[fd00::7]:9092");
    assert_eq!(address("[fd00::7]", 9092), "[fd00::7]:9092");
}

#[test]
fn the_topics_of_purchases_are_shown_only_where_there_are_purchases() {
    assert_eq!(shown(|_| false), Topic::ALL);
    assert_eq!(shown(|topic| topic == Topic::NewPosition), Topic::ALL);
    let all = shown(|topic| topic == Topic::InvoiceIssued);
    assert_eq!(all.len(), 13, "the four others are missing, and are shown as such");
    assert_eq!(all[8..], Topic::PURCHASES);
}
