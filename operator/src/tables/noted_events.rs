//! The Events of deliveries: noted in their plans as they happen, and kept aside until there is a plan.
//!
//! When they are written is left to [`crate::log`]. A new leader has those that Kafka has.

use std::collections::HashSet;

use delivery_messages::deliveries::event;
use delivery_messages::{DeliveryEvent, PlanPhase};

use crate::tables::ended_plans::Traced;
use crate::tables::plan_entry::Body;
use crate::tables::plans::{Inner, Plans};

impl Plans {
    /// Notes what has happened to a delivery. Nothing is noted of one whose plan is final.
    pub(crate) fn note(&self, delivery_id: &str, event: DeliveryEvent) {
        let mut inner = self.lock();
        let Inner { entries, early, unwritten, .. } = &mut *inner;
        match entries.get_mut(delivery_id).map(|entry| &mut entry.body) {
            None => event::add(early.entry(delivery_id.to_owned()).or_default(), event),
            Some(Body::Open { plan, .. }) if plan.phase != PlanPhase::Cancelled => {
                event::add(&mut plan.events, event);
                unwritten.insert(delivery_id.to_owned());
            }
            Some(_) => {}
        }
    }

    /// At most `limit` plans with Events that Kafka does not have yet. They count as written from now on.
    pub(crate) fn take_noted(&self, limit: usize) -> Vec<Traced> {
        let mut inner = self.lock();
        let Inner { entries, unwritten, .. } = &mut *inner;
        let mut noted = Vec::new();
        unwritten.retain(|id| match entries.get(id).map(|entry| &entry.body) {
            // It is being written right now, perhaps without the newest Event: the next time.
            Some(Body::Open { is_written: false, .. }) => true,
            Some(Body::Open { plan, trace, .. }) => {
                let is_taken = noted.len() < limit;
                if is_taken {
                    noted.push(((**plan).clone(), trace.as_deref().map(str::to_owned)));
                }
                !is_taken
            }
            Some(Body::Closed(_)) | None => false,
        });
        noted
    }

    /// The Events of these deliveries could not be written.
    pub(crate) fn note_again(&self, delivery_ids: impl IntoIterator<Item = String>) {
        self.lock().unwritten.extend(delivery_ids);
    }

    /// Leaves a delivery's Events unwritten: its plan is about to be removed, and must not be written after that.
    pub(crate) fn forget_noted(&self, delivery_id: &str) {
        self.lock().unwritten.remove(delivery_id);
    }

    /// Whether there are Events that Kafka does not have yet.
    #[must_use]
    pub(crate) fn has_noted(&self) -> bool {
        !self.lock().unwritten.is_empty()
    }

    /// Forgets the Events of objects that are gone and have never had a plan.
    pub(crate) fn keep_early(&self, exists: &HashSet<String>) {
        self.lock().early.retain(|id, _| exists.contains(id));
    }
}

#[cfg(test)]
#[path = "tests/noted_events.rs"]
mod tests;
