use std::fs;
use std::time::{Duration, Instant};

use super::*;

/// The names of this process's threads; Linux cuts them to 15 bytes.
fn threads() -> Vec<String> {
    let tasks = fs::read_dir("/proc/self/task").unwrap();
    tasks.filter_map(|task| fs::read_to_string(task.ok()?.path().join("comm")).ok()).collect()
}

#[test]
fn a_producer_that_has_lost_every_broker_is_revived() {
    let config = KafkaConfig {
        bootstrap_servers: "127.0.0.1:1".to_owned(),
        topic_prefix: String::new(),
        group_prefix: String::new(),
        properties_directory: None,
    };
    let _writer = Writer::open(&config, &Health::default()).unwrap();
    let begun = Instant::now();
    while !threads().iter().any(|name| name.trim() == "kafka-revival") {
        assert!(begun.elapsed() < Duration::from_secs(20), "no thread revives it: {:?}", threads());
        std::thread::sleep(Duration::from_millis(50));
    }
}
