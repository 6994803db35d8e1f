//! Expiry: removes from Kafka the plans and states of deliveries that ended long ago, and route revisions that have not been offered
//! for long. How long is decided in [`crate::tables::retention`].
//!
//! Plans go first, then states: a state without a plan belongs to nothing, but a plan without a state would be a delivery that has
//! yet to start. The simulator is the states' one writer; that of such a delivery is long gone.

use delivery_messages::Millis;

use crate::cleanup::cleaner::{Cleaner, MAX_PER_ROUND};
use crate::log::writer::WriteError;

impl Cleaner {
    /// Removes what has expired by now.
    ///
    /// # Errors
    /// When Kafka does not accept it; the rest is removed in a later round.
    pub(crate) async fn expire(&self, now: Millis) -> Result<(), WriteError> {
        let (tables, retention) = (&self.log.tables, &self.retention);
        let mut removed = 0;
        for id in tables.plans.abandoned(&self.installation, retention, now, MAX_PER_ROUND, |id| tables.states.last(id))
        {
            self.log.remove_plan(&id).await?;
            tracing::info!(uid = id, "Removed the plan of a silent delivery in a namespace that is no longer watched.");
            removed += 1;
        }
        for id in tables.plans.expired(&self.installation, retention, now, MAX_PER_ROUND) {
            self.log.remove_plan(&id).await?;
            removed += 1;
        }
        for id in tables.states.expired(|id| tables.plans.knows(id), retention.ended, now, MAX_PER_ROUND) {
            self.log.remove_state(&id).await?;
            removed += 1;
        }
        let needed = tables.plans.routes();
        let namespaces = &self.installation.namespaces;
        for key in tables.catalogue.expired(namespaces, retention.ended, now, |key| needed.contains(key)) {
            removed += usize::from(self.log.remove_route(&key).await?);
        }
        if removed > 0 {
            tracing::info!(removed, "Removed expired keys from Kafka.");
        }
        Ok(())
    }
}

#[cfg(test)]
#[path = "tests/real_kafka.rs"]
mod real_kafka;
