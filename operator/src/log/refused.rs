//! Which partitions have refused a record in a round of the cleanup. One whose broker is away costs each write its whole time limit, so it is not
//! asked again in the round, and does not stop what is keyed to others.

use std::collections::BTreeSet;

use delivery_messages::Topic;

use crate::log::writer::WriteError;

/// How many partitions may refuse before the round ends: then it is Kafka that is away.
const MAX: usize = 4;

/// A partition of a topic.
pub(crate) type Place = (Topic, i32);

/// The partitions that have refused a record, and the last refusal.
#[derive(Debug, Default)]
pub(crate) struct RefusedPartitions {
    places: BTreeSet<Place>,
    last: Option<WriteError>,
}

impl RefusedPartitions {
    /// Whether a partition has refused a record in this round.
    #[must_use]
    pub(crate) fn contains(&self, place: Place) -> bool {
        self.places.contains(&place)
    }

    /// Writes to a partition, unless it has refused a record before; `None` for what it has not accepted, which is left to a later round.
    ///
    /// # Errors
    /// What would stop the others too, such as a lost leadership, and when too many partitions have refused.
    pub(crate) async fn attempt<T>(
        &mut self,
        place: Place,
        write: impl Future<Output = Result<T, WriteError>>,
    ) -> Result<Option<T>, WriteError> {
        if self.contains(place) {
            return Ok(None);
        }
        match write.await {
            Ok(done) => Ok(Some(done)),
            Err(error @ WriteError::Refused { .. }) if self.places.len() + 1 < MAX => {
                self.places.insert(place);
                self.last = Some(error);
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    /// The end of the round.
    ///
    /// # Errors
    /// The last refusal, if there was one.
    pub(crate) fn end(self) -> Result<(), WriteError> {
        self.last.map_or(Ok(()), Err)
    }
}

#[cfg(test)]
#[path = "tests/refused.rs"]
mod tests;
