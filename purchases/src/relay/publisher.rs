//! Writes the events of approved purchases to Kafka, then the requests for their deliveries, and notes in their documents that it has.

use std::sync::Arc;

use delivery_messages::{Millis, Topic, encode};
use delivery_observability::locks::lock;

use super::failure::Failure;
use super::hand::Taken;
use super::log::{Log, LogRecord};
use super::payer::Settled;
use crate::domain::purchase::Purchase;
use crate::erasing::{forget_settled, keep_to_forget};
use crate::metrics::Metrics;
use crate::spans;
use crate::store::Store;

/// The maximum number of purchases that are written at a time.
pub(crate) const BATCH: usize = 128;

/// The half of the relay that writes to Kafka.
pub(crate) struct Publisher<S, L> {
    store: Arc<S>,
    log: Arc<L>,
    metrics: Metrics,
    settled: Settled,
}

impl<S: Store, L: Log> Publisher<S, L> {
    /// The publisher of a term.
    pub(crate) const fn new(store: Arc<S>, log: Arc<L>, metrics: Metrics, settled: Settled) -> Self {
        Self { store, log, metrics, settled }
    }

    /// Publishes approved purchases in their order. `clock` is the time of day.
    ///
    /// # Errors
    /// When the term ends; any part may have been done.
    pub(crate) async fn publish(&self, approved: &[Taken], clock: impl Fn() -> Millis) -> Result<(), Failure> {
        let purchases: Vec<&Purchase> = approved.iter().map(|taken| &taken.purchase).collect();
        let mut events = Vec::with_capacity(purchases.len());
        let mut directions = Vec::new();
        for purchase in &purchases {
            let record = |topic, value| LogRecord {
                topic,
                key: purchase.order.customer.id.clone(),
                value,
                trace: purchase.trace.clone(),
            };
            if let Some(event) = purchase.event() {
                events.push(record(Topic::Purchase, encode(&event)?));
            }
            if let Some(direction) = purchase.direction() {
                directions.push(record(Topic::NewDirection, encode(&direction)?));
            }
        }
        let confirmed = self.write_both(events, directions, &clock).await;
        for purchase in &purchases {
            if let Some(approved_at) = purchase.approved_at {
                spans::published(purchase, approved_at, &confirmed);
            }
        }
        let confirmed = confirmed?;
        for approved_at in purchases.iter().filter_map(|purchase| purchase.approved_at) {
            self.metrics.published(approved_at, confirmed);
        }
        let ids: Vec<String> = purchases.iter().map(|purchase| purchase.id.clone()).collect();
        let kept = keep_to_forget(&*self.store, &purchases).await?;
        self.store.note_published(&ids, clock()).await?;
        forget_settled(&*self.store, &purchases).await?;
        // Most were never on the list, and looking for them there is not free.
        let listed = approved.iter().filter(|taken| taken.is_listed || kept.contains(&taken.purchase.id));
        let listed: Vec<String> = listed.map(|taken| taken.purchase.id.clone()).collect();
        self.store.settle(&listed).await?;
        lock(&self.settled).extend(ids);
        Ok(())
    }

    /// Writes the events, and then the requests: the request for a delivery must not come before its purchase's event. Returns when Kafka had
    /// the events.
    async fn write_both(
        &self,
        events: Vec<LogRecord>,
        directions: Vec<LogRecord>,
        clock: impl Fn() -> Millis,
    ) -> Result<Millis, Failure> {
        self.write(Topic::Purchase, events).await?;
        let confirmed = clock();
        self.write(Topic::NewDirection, directions).await?;
        Ok(confirmed)
    }

    async fn write(&self, topic: Topic, records: Vec<LogRecord>) -> Result<(), Failure> {
        if records.is_empty() {
            return Ok(());
        }
        let count = records.len();
        self.log.write(records).await?;
        self.metrics.written(topic, count);
        Ok(())
    }
}
