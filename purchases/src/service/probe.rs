//! Checks every few seconds whether the servers that the purchases need are available, for metrics and `/readyz`.

use std::sync::Arc;
use std::time::Duration;

use delivery_observability::Health;
use tokio::time::{MissedTickBehavior, interval};

use crate::metrics::Metrics;
use crate::relay::kafka::KafkaLog;
use crate::store::mongo::MongoStore;

/// The name of a dependency, as in `/readyz`.
pub(super) const KAFKA: &str = "kafka";
const EVERY: Duration = Duration::from_secs(5);
const KAFKA_LIMIT: Duration = Duration::from_secs(3);
/// How long both questions of a round may take before the process is not ready; each has a time limit of its own.
const ROUND: Duration = Duration::from_mins(1);

pub(super) async fn run(store: Arc<MongoStore>, log: Arc<KafkaLog>, health: Health, metrics: Metrics) {
    let mut tick = interval(EVERY);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let report = |dependency: &'static str, problem: Option<String>| {
        metrics.dependency(dependency, problem.is_none());
        health.dependency(dependency, problem);
    };
    let heartbeat = health.heartbeat("probe", ROUND);
    loop {
        tick.tick().await;
        let _round = heartbeat.round();
        let pinged = Arc::clone(&log);
        let kafka = tokio::task::spawn_blocking(move || pinged.ping(KAFKA_LIMIT)).await;
        report(KAFKA, kafka.unwrap_or_else(|error| Err(error.to_string())).err());
        report("mongodb", store.ping().await.err().map(|error| error.to_string()));
    }
}
