//! Checks every few seconds whether the servers that the gateway needs are available, for metrics, `/readyz` and clients' `status`.

use std::sync::Arc;
use std::time::Duration;

use delivery_kafka::connect::statistics;
use delivery_observability::Health;
use tokio::time::{MissedTickBehavior, interval};

use crate::gateway::shared::Gateway;
use crate::model::status::{Availability, Status};

const EVERY: Duration = Duration::from_secs(5);
const KAFKA_LIMIT: Duration = Duration::from_secs(3);
/// How long all questions of a round may take before the process is not ready; each has a time limit of its own.
const ROUND: Duration = Duration::from_mins(1);

pub(super) async fn run(gateway: Arc<Gateway>, health: Health) {
    let mut tick = interval(EVERY);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut seen = statistics::Statistics::default();
    let heartbeat = health.heartbeat("probe", ROUND);
    loop {
        tick.tick().await;
        let _round = heartbeat.round();
        let now = statistics::latest();
        gateway.metrics.kafka(&seen, &now);
        seen = now;
        let pinged = Arc::clone(&gateway);
        let kafka = tokio::task::spawn_blocking(move || pinged.requests.ping(KAFKA_LIMIT)).await;
        let kafka = report(&gateway, &health, "kafka", kafka.unwrap_or_else(|error| Err(error.to_string())).err());
        let delivery_store = match &gateway.delivery_store {
            None => Availability::Off,
            Some(store) => {
                let mongodb = store.ping().await;
                report(&gateway, &health, "mongodb", mongodb.err().map(|error| error.to_string()))
            }
        };
        if let Some(search) = &gateway.position_index {
            let elasticsearch = search.ping().await;
            report(&gateway, &health, "elasticsearch", elasticsearch.err().map(|error| error.detail()));
        }
        gateway.live.set_status(Status { kafka, delivery_store });
    }
}

fn report(gateway: &Gateway, health: &Health, dependency: &'static str, problem: Option<String>) -> Availability {
    let service = if problem.is_none() { Availability::Available } else { Availability::Unavailable };
    gateway.metrics.dependency(dependency, problem.is_none());
    health.dependency(dependency, problem);
    service
}
