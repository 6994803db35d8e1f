//! The rounds of the cleanup: after every deletion and erasure, and periodically.

use std::sync::Arc;
use std::time::{Duration, Instant};

use delivery_messages::Millis;
use delivery_observability::Heartbeat;
use jiff::Timestamp;
use tokio::sync::Notify;

use crate::base::steady::SteadyClock;
use crate::cleanup::cleaner::Cleaner;
use crate::deliveries::controller::DeliveryController;
use crate::routes::reconcile::RouteReconciler;
use crate::tables::retention::Retention;

/// How often to clean up if nothing triggers it.
const INTERVAL: Duration = Duration::from_secs(30);
/// The same while an erasure waits for an object or a pod to go.
const ERASURE_INTERVAL: Duration = Duration::from_secs(3);

/// How long a round may take: many deletions at once are many questions to the API server.
pub(crate) const LIMIT: Duration = Duration::from_mins(5);

/// The parts that the rounds use.
pub(crate) struct Sweep {
    pub cleaner: Arc<Cleaner>,
    pub deliveries: Arc<DeliveryController>,
    pub routes: Arc<RouteReconciler>,
    /// Notified of every deletion.
    pub deleted: Arc<Notify>,
    pub heartbeat: Heartbeat,
}

impl Sweep {
    pub(crate) async fn run(self) {
        let (log, objects) = (&self.cleaner.log, &self.cleaner.objects);
        let steady = SteadyClock::begin();
        loop {
            // Until both are known, everything would look deleted. A namespace that is not is left out of each round.
            log.wait_until_caught_up().await;
            objects.wait_until_settled().await;
            let waits = self.heartbeat.during(Box::pin(self.round(steady.now().as_millisecond()))).await;
            // A notification that is missed is made up for by the next interval.
            tokio::select! {
                () = self.deleted.notified() => {}
                () = log.tables.erased.changed() => {}
                () = tokio::time::sleep(if waits { ERASURE_INTERVAL } else { INTERVAL }) => {}
            }
        }
    }

    /// One round, at a time `steady` by the clock that does not jump. Whether an erasure waits for something.
    async fn round(&self, steady: Millis) -> bool {
        let (cleaner, now) = (&self.cleaner, Timestamp::now().as_millisecond());
        // Erasing comes first: cancelling would publish another plan of what is to be forgotten.
        let waits = cleaner.erase(Instant::now()).await.unwrap_or_else(|error| {
            tracing::warn!(reason = error.reason().as_str(), %error, "Cannot remove erased deliveries yet; retrying.");
            false
        });
        if let Err(error) = cleaner.cancel_deleted().await {
            tracing::warn!(reason = error.reason().as_str(), %error, "Cannot cancel deleted deliveries yet; retrying.");
        }
        self.forget_deleted();
        if let Err(error) = cleaner.withdraw_routes().await {
            tracing::warn!(reason = error.reason().as_str(), %error, "Cannot withdraw routes yet; retrying.");
        }
        let tables = &cleaner.log.tables;
        let newest = tables.states.newest().max(tables.plans.newest());
        if let Some(agreed) = Retention::agreed(now, steady, newest)
            && let Err(error) = cleaner.expire(agreed).await
        {
            tracing::warn!(%error, "Cannot remove expired records yet; retrying.");
        }
        if let Err(error) = cleaner.log.repeat_tombstones(Instant::now()).await {
            tracing::warn!(%error, "Cannot write a second tombstone yet; retrying.");
        }
        waits
    }

    /// Forgets in memory the objects that are gone.
    fn forget_deleted(&self) {
        let objects = &self.cleaner.objects;
        self.deliveries.keep(&objects.uids());
        let routes = objects.route_uids();
        self.routes.backoff.retain(|uid| routes.contains(uid));
    }
}

#[cfg(test)]
#[path = "tests/sweep.rs"]
mod tests;
