use std::fs;

use super::*;

/// The names of this process's threads; Linux cuts them to 15 bytes.
fn threads() -> Vec<String> {
    let tasks = fs::read_dir("/proc/self/task").unwrap();
    tasks.filter_map(|task| fs::read_to_string(task.ok()?.path().join("comm")).ok()).collect()
}

/// An address that nothing answers at.
fn nowhere() -> KafkaConfig {
    KafkaConfig {
        bootstrap_servers: "127.0.0.1:1".to_owned(),
        topic_prefix: String::new(),
        group_prefix: String::new(),
        properties_directory: None,
    }
}

#[test]
fn what_one_delivery_writes_is_not_compressed_and_what_many_write_is() {
    let compression = |deliveries| settings(&nowhere(), deliveries).unwrap().get("compression.type").map(str::to_owned);
    assert_eq!(compression(1).as_deref(), Some("none"));
    assert_eq!(compression(100).as_deref(), Some("lz4"));
}

#[test]
fn a_producer_that_has_lost_every_broker_is_revived() {
    let _writer = Writer::open(&nowhere(), &Health::default(), 1).unwrap();
    let begun = Instant::now();
    while !threads().iter().any(|name| name.trim() == "kafka-revival") {
        assert!(begun.elapsed() < Duration::from_secs(20), "no thread revives it: {:?}", threads());
        std::thread::sleep(Duration::from_millis(50));
    }
}
