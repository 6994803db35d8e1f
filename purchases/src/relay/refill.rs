//! Writes the events of purchases to Kafka again when Kafka has lost them: its topic was deleted and made anew, or its disks are others.
//!
//! The topic's id tells, and the store remembers which one the topic had when everything was in it, so that a loss while no replica ran is
//! noticed as well. Whoever has read an event before knows it by its id. The requests of deliveries are not written again: whether one was
//! served, only the operator knows, and a delivery of long ago must not be driven once more.
//!
//! An event that Kafka confirmed just before it was lost may not be noted as written yet, and would be in neither place. So what the publisher
//! has under way is waited for: whatever it begins afterwards is written to the new topic.

use std::sync::Arc;
use std::time::Duration;

use delivery_messages::{Millis, Topic, encode};
use delivery_observability::Heartbeat;
use tokio::sync::Mutex;
use tokio::time::sleep;

use super::failure::Failure;
use super::log::{Log, LogRecord};
use super::publisher::BATCH;
use crate::domain::purchase::Purchase;
use crate::metrics::Metrics;
use crate::store::Store;

/// How often to look at the topic's id.
const LOOK: Duration = Duration::from_secs(10);
/// From how long before the newest purchase events are written again, milliseconds: as long as topics are kept by default.
const WINDOW: Millis = 7 * 24 * 3_600_000;

/// What fills the topic again.
pub(crate) struct Refill<S, L> {
    store: Arc<S>,
    log: Arc<L>,
    metrics: Metrics,
}

impl<S: Store, L: Log> Refill<S, L> {
    /// For the time of a term.
    pub(crate) const fn new(store: Arc<S>, log: Arc<L>, metrics: Metrics) -> Self {
        Self { store, log, metrics }
    }

    /// Watches over the topic forever. What fails is tried again. The publisher holds `publishing` from before it writes events until that is
    /// noted. Each question and each batch is a round of `heartbeat`.
    pub(crate) async fn run(self, publishing: &Mutex<()>, heartbeat: &Heartbeat) {
        loop {
            if let Err(error) = self.look(publishing, heartbeat).await {
                tracing::warn!(%error, "Cannot see to it that all purchases are in their topic; retrying.");
            }
            sleep(LOOK).await;
        }
    }

    async fn look(&self, publishing: &Mutex<()>, heartbeat: &Heartbeat) -> Result<(), Failure> {
        let Some(id) = heartbeat.during(self.log.identity()).await else { return Ok(()) };
        match heartbeat.during(self.store.log_id()).await? {
            Some(known) if known == id => return Ok(()),
            Some(_) => {
                tracing::warn!("Kafka has lost the topic of purchases; their events are written again.");
                drop(heartbeat.during(publishing.lock()).await);
                let count = self.refill(jiff::Timestamp::now().as_millisecond(), heartbeat).await?;
                tracing::info!(count, "The events of purchases are in their topic again.");
            }
            None => {}
        }
        Ok(heartbeat.during(self.store.note_log_id(&id)).await?)
    }

    /// Writes the events of the last days before `now` again, in the order of their decisions; how many.
    async fn refill(&self, now: Millis, heartbeat: &Heartbeat) -> Result<usize, Failure> {
        let Some(newest) = heartbeat.during(self.store.newest_approval()).await? else { return Ok(0) };
        let since = since(newest, now);
        let (mut after, mut count) = (i64::MIN, 0);
        loop {
            let _round = heartbeat.round();
            let purchases = self.store.published_since(since, after, BATCH).await?;
            let Some(last) = purchases.iter().filter_map(|purchase| purchase.sequence).max() else { return Ok(count) };
            let events = purchases.iter().filter_map(|purchase| event(purchase).transpose());
            let events = events.collect::<Result<Vec<LogRecord>, Failure>>()?;
            let written = events.len();
            self.log.write(events).await?;
            self.metrics.written(Topic::Purchase, written);
            (after, count) = (last, count + written);
        }
    }
}

/// From when events are written again. Of this machine's clock and that of whoever approved the newest purchase one may be ahead, and must not
/// leave anything out; the other is right.
fn since(newest: Millis, now: Millis) -> Millis {
    newest.min(now).saturating_sub(WINDOW)
}

fn event(purchase: &Purchase) -> Result<Option<LogRecord>, Failure> {
    let Some(event) = purchase.event() else { return Ok(None) };
    let (key, trace) = (purchase.order.customer.id.clone(), purchase.trace.clone());
    Ok(Some(LogRecord { topic: Topic::Purchase, key, value: encode(&event)?, trace }))
}

#[cfg(test)]
#[path = "tests/refill.rs"]
mod tests;
