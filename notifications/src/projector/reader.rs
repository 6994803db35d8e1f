//! Reads purchases, invoices, plans, states and refused requests in a group, and commits what was carried out.
//!
//! Plans and states of one delivery go to the same member, since both are keyed by it: their topics must have the same number of partitions.

use std::sync::Arc;
use std::time::{Duration, Instant};

use delivery_kafka::{ConnectionError, KafkaConfig};
use delivery_messages::{Millis, Topic};
use delivery_observability::Heartbeat;
use jiff::Timestamp;
use tokio::time::sleep;

use super::fold::Fold;
use super::orders::Orders;
use super::project::Projector;
use crate::group::{Group, Record, Sharing, after};
use crate::store::client::Store;
use crate::writer::Writer;

/// The consumer group.
const GROUP: &str = "code-delivery-notifications-projector";
const TOPICS: [Topic; 5] = [Topic::Purchase, Topic::InvoiceIssued, Topic::Plan, Topic::State, Topic::DeadLetters];
const RETRY: Duration = Duration::from_secs(1);
/// How often a bad record is logged at most.
const LOG_EVERY: Duration = Duration::from_secs(1);

/// What reading needs.
pub(crate) struct Reader {
    pub kafka: KafkaConfig,
    pub projector: Projector<Store, Arc<Writer>>,
    /// The sign of life of the loop.
    pub heartbeat: Heartbeat,
}

impl Reader {
    /// Reads forever.
    ///
    /// # Errors
    /// When the settings of the connection cannot be used.
    pub(crate) async fn run(self) -> Result<(), ConnectionError> {
        let group = Group::join(&self.kafka, GROUP, &TOPICS, Sharing::Together)?;
        tokio::select! {
            () = group.measure(&self.projector.metrics) => {}
            () = Box::pin(self.consume(&group)) => {}
        }
        Ok(())
    }

    async fn consume(&self, group: &Group) {
        let (mut fold, mut begun, mut logged) = (Fold::default(), None, None);
        loop {
            let batch = group.batch().await;
            // What is read after partitions were handed out may be of others than before.
            let assignments = group.assignments();
            let work = async {
                if begun != Some(assignments) {
                    self.begin(&mut fold).await;
                    begun = Some(assignments);
                }
                for record in &batch {
                    self.take(&mut fold, record, &mut logged);
                }
                let (work, offsets) = fold.finish(after(&batch), now());
                // Purchases are long, and what they tell is short.
                drop(batch);
                self.projector.carry_out(&work).await;
                offsets
            };
            let offsets = self.heartbeat.during(work).await;
            group.commit(&offsets);
        }
    }

    /// Learns which deliveries are under way.
    async fn begin(&self, fold: &mut Fold) {
        loop {
            match self.projector.store.under_way().await {
                Ok(under_way) => return fold.begin(under_way),
                Err(error) => tracing::warn!(%error, "Cannot read which deliveries are under way; retrying."),
            }
            sleep(RETRY).await;
        }
    }

    /// Takes a record; a bad one is counted and skipped.
    fn take(&self, fold: &mut Fold, record: &Record, logged: &mut Option<Instant>) {
        let metrics = &self.projector.metrics;
        match fold.take(record, now()) {
            Ok(folded) => metrics.projected(record.topic, folded.name()),
            Err(error) => {
                metrics.projected(record.topic, error.reason());
                if logged.is_none_or(|logged| logged.elapsed() > LOG_EVERY) {
                    *logged = Some(Instant::now());
                    let Record { name, partition, offset, .. } = record;
                    tracing::warn!(topic = name, partition, offset, %error, "Skipped a bad record.");
                }
            }
        }
    }
}

fn now() -> Millis {
    Timestamp::now().as_millisecond()
}
