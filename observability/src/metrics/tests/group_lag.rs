use prometheus_client::encoding::text::encode;
use prometheus_client::registry::Registry;

use super::*;

#[test]
fn a_topic_of_which_a_process_has_no_partition_any_more_is_not_exported() {
    let mut registry = Registry::default();
    let lag = Family::<GroupLabels, Gauge>::default();
    registry.register("lag", "Records", lag.clone());
    set(&lag, "readers", "compra", Some(7));
    set(&lag, "readers", "delivery.plan", Some(u64::MAX));
    set(&lag, "readers", "compra", Some(5));
    set(&lag, "readers", "delivery.plan", None);
    let mut text = String::new();
    encode(&mut text, &registry).unwrap();
    let lines: Vec<&str> = text.lines().filter(|line| !line.starts_with('#')).collect();
    assert_eq!(lines, ["lag{group=\"readers\",topic=\"compra\"} 5"]);
}
