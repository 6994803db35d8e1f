//! Expiry: removes from Kafka the plans and states of deliveries that ended long ago, and route revisions that have not been offered
//! for long. How long is decided in [`crate::tables::retention`].
//!
//! Plans go first, then states: a state without a plan belongs to nothing, but a plan without a state would be a delivery that has
//! yet to start. The simulator is the states' one writer; that of such a delivery is long gone.

use delivery_messages::{Millis, Topic};

use crate::cleanup::cleaner::{Cleaner, MAX_PER_ROUND};
use crate::log::refused::RefusedPartitions;
use crate::log::writer::WriteError;

impl Cleaner {
    /// Removes what has expired by now.
    ///
    /// # Errors
    /// When Kafka does not accept something; the others are removed, unless Kafka is away, and the rest in a later round.
    pub(crate) async fn expire(&self, now: Millis) -> Result<(), WriteError> {
        let (tables, retention) = (&self.log.tables, &self.retention);
        let (mut removed, mut refused) = (0, RefusedPartitions::default());
        // Of a delivery that is not wholly known yet, a newer plan or state may be in a partition that could not be read.
        let log = &self.log;
        let due = |ids: Vec<String>| ids.into_iter().filter(move |id| log.knows_all_of(id)).take(MAX_PER_ROUND);
        let last_state = |id: &str| tables.states.last(id);
        for id in due(tables.plans.abandoned(&self.installation, retention, now, usize::MAX, last_state)) {
            if refused.attempt(log.place(Topic::Plan, &id), log.remove_plan(&id)).await?.is_some() {
                tracing::info!(
                    uid = id,
                    "Removed the plan of a silent delivery in a namespace that is no longer watched."
                );
                removed += 1;
            }
        }
        for id in due(tables.plans.expired(&self.installation, retention, now, usize::MAX)) {
            let done = refused.attempt(log.place(Topic::Plan, &id), log.remove_plan(&id)).await?;
            removed += usize::from(done.is_some());
        }
        let is_needed = |id: &str| tables.plans.knows(id) || !self.log.knows_all_of(id);
        for id in tables.states.expired(is_needed, retention.ended, now, MAX_PER_ROUND) {
            let done = refused.attempt(log.place(Topic::State, &id), log.remove_state(&id)).await?;
            removed += usize::from(done.is_some());
        }
        // Any plan may need any route.
        let all_plans = self.log.gap_in(&[Topic::Plan]).is_none();
        let needed = tables.plans.routes();
        let is_needed = |key: &str| !all_plans || needed.contains(key) || !self.log.has_read(Topic::Catalogue, key);
        let namespaces = &self.installation.namespaces;
        for key in tables.catalogue.expired(namespaces, retention.ended, now, is_needed) {
            let done = refused.attempt(log.place(Topic::Catalogue, &key), log.remove_route(&key)).await?;
            removed += usize::from(done == Some(true));
        }
        if removed > 0 {
            tracing::info!(removed, "Removed expired keys from Kafka.");
        }
        refused.end()
    }
}

#[cfg(test)]
#[path = "tests/real_kafka.rs"]
mod real_kafka;
