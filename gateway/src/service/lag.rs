//! Measures every few seconds how far the gateway is behind the log.

use std::sync::Arc;
use std::time::Duration;

use crate::gateway::shared::Gateway;
use crate::ingest::offsets::Offsets;

const EVERY: Duration = Duration::from_secs(5);

/// Measures forever. While Kafka does not respond, the metric keeps its last value.
pub(super) async fn run(offsets: &Offsets, gateway: &Gateway) {
    loop {
        if let Ok(bounds) = offsets.try_bounds().await {
            let position = Arc::clone(gateway.live.published().ring.head());
            let behind = bounds.iter().zip(position.offsets()).map(|(bounds, next)| (bounds.high - next).max(0));
            gateway.metrics.lag(behind.sum());
        }
        tokio::time::sleep(EVERY).await;
    }
}
