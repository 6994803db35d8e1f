//! Measures every few seconds how far the gateway is behind the log.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use delivery_observability::Heartbeat;

use crate::gateway::shared::Gateway;
use crate::ingest::offsets::Offsets;

const EVERY: Duration = Duration::from_secs(5);
/// How long one measurement may take: several times as long as Kafka may.
pub(super) const ROUND: Duration = Duration::from_mins(1);

/// Measures forever. While Kafka does not respond, the metric keeps its last value.
pub(super) async fn run(offsets: &Offsets, gateway: &Gateway, heartbeat: Heartbeat) {
    loop {
        if let Ok(ends) = heartbeat.during(offsets.try_ends()).await {
            let position = Arc::clone(gateway.live.published().ring.head());
            gateway.metrics.lag(behind(&ends, position.offsets()));
        }
        tokio::time::sleep(EVERY).await;
    }
}

/// How many records are after the next ones that will be read, in the partitions whose ends are known.
fn behind(ends: &BTreeMap<i32, i64>, next: &[i64]) -> i64 {
    let of_each = (0..).zip(next).filter_map(|(partition, next)| Some((ends.get(&partition)? - next).max(0)));
    of_each.sum()
}

#[cfg(test)]
#[path = "tests/lag.rs"]
mod tests;
