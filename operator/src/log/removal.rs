//! Removes keys from the compacted topics: the tombstone, and the tables. Whose keys, and when, is left to `cleanup/`.

use std::time::Instant;

use delivery_messages::Topic;

use crate::log::connection::Log;
use crate::log::refused::RefusedPartitions;
use crate::log::writer::WriteError;

/// How many second tombstones are written in one round.
const MAX_PER_ROUND: usize = 500;

impl Log {
    /// Removes the plan of a delivery.
    ///
    /// # Errors
    /// When Kafka does not accept the tombstone.
    pub(crate) async fn remove_plan(&self, id: &str) -> Result<(), WriteError> {
        self.tables.plans.forget_noted(id);
        self.writer.remove(Topic::Plan, id).await?;
        self.tables.plans.remove(id);
        self.removed(Topic::Plan, id);
        Ok(())
    }

    /// Removes the state of a delivery whose simulator no longer writes it.
    ///
    /// # Errors
    /// When Kafka does not accept the tombstone.
    pub(crate) async fn remove_state(&self, id: &str) -> Result<(), WriteError> {
        self.writer.remove(Topic::State, id).await?;
        self.tables.states.apply(id, None, 0);
        self.removed(Topic::State, id);
        Ok(())
    }

    fn removed(&self, topic: Topic, id: &str) {
        self.tables.tombstones.note(topic, id, Instant::now());
        self.metrics.tombstone(topic);
    }

    /// Writes the second tombstones that are due: see [`crate::tables::tombstones`].
    ///
    /// # Errors
    /// When Kafka does not accept one; the others are written, unless Kafka is away, and the rest in a later round.
    pub(crate) async fn repeat_tombstones(&self, now: Instant) -> Result<(), WriteError> {
        let (tables, mut refused) = (&self.tables, RefusedPartitions::default());
        for (topic, key) in tables.tombstones.due(now, MAX_PER_ROUND) {
            if !self.has_read(topic, &key) {
                continue;
            }
            let in_use =
                if topic == Topic::Plan { tables.plans.knows(&key) } else { tables.states.get(&key).is_some() };
            let place = self.place(topic, &key);
            if in_use || refused.attempt(place, self.writer.remove(topic, &key)).await?.is_some() {
                tables.tombstones.done(topic, &key);
            }
        }
        refused.end()
    }
}
