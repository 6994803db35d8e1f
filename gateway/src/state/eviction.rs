//! What leaves the table: deliveries that have ended and their paths, positions and states whose plan never came, and waits for a position that did not
//! arrive. Pure.

use std::sync::Arc;

use delivery_messages::Millis;

use crate::state::changes::{Folded, Marks};
use crate::state::early::oldest;
use crate::state::ended::MAX_ENDED;
use crate::state::entry::Entry;
use crate::state::table::Table;

/// How long an ended delivery stays, milliseconds. A client that could not be written to for this long has been
/// disconnected before, so no client misses an end.
pub(crate) const KEEP_ENDED: Millis = 5 * 60_000;
/// How long the position that a state repeats may take to arrive, milliseconds; then the state's copy is used.
pub(crate) const AWAIT: Millis = 10_000;

impl Table {
    /// Removes ended deliveries: those that ended [`KEEP_ENDED`] ago, and the oldest beyond [`MAX_ENDED`]; positions and states
    /// whose plan has not come in that time; and the paths inside Deliveries that no delivery has driven for a while.
    pub fn evict(&mut self, now: Millis) {
        let mut ended: Vec<(Millis, Arc<str>)> = Vec::new();
        for (id, entry) in &self.entries {
            if entry.plan.is_none() || entry.has_ended() {
                ended.push((entry.ended.unwrap_or(entry.touched), Arc::clone(id)));
            }
        }
        ended.sort_unstable();
        let early = ended.len().saturating_sub(MAX_ENDED);
        for (place, (time, id)) in ended.into_iter().enumerate() {
            if place >= early && time.saturating_add(KEEP_ENDED) > now {
                break;
            }
            if let Some(delivery) = self.take_out(&id).and_then(|(_, entry)| entry.delivery()) {
                self.past.insert(&id);
                self.archived.push(delivery);
            }
            self.marked.insert(id, Marks::default());
        }
        for path in self.uses.expire(now) {
            self.catalogue_changed |= self.catalogue.remove(&path);
        }
        self.take_awaited(now);
    }

    /// Takes a position from the state that repeats it if it does not arrive, for example because retention has removed
    /// it.
    fn take_awaited(&mut self, now: Millis) {
        let late = |entry: &Entry| entry.awaited.is_some() && entry.touched.saturating_add(AWAIT) <= now;
        let late: Vec<_> = self.entries.iter().filter(|(_, entry)| late(entry)).map(|(id, _)| Arc::clone(id)).collect();
        for id in late {
            self.change(&id, now, |entry, marks| {
                if let Some(awaited) = entry.awaited.take()
                    && entry.fix.is_none_or(|known| known.seq < awaited.seq)
                {
                    entry.fix = Some(awaited);
                    marks.position = true;
                }
                Folded::Applied
            });
        }
    }

    /// While the topics are read from their beginnings, and until anything is published: keeps the newest [`MAX_ENDED`] of the
    /// deliveries that have ended, and of the others no more than it takes to recognise them.
    pub(super) fn shed(&mut self) {
        if self.ended <= 2 * MAX_ENDED {
            return;
        }
        let ended = self.entries.iter().filter(|(_, entry)| entry.has_ended());
        let ended = ended.map(|(id, entry)| (entry.ended.unwrap_or(entry.touched), Arc::clone(id))).collect();
        for (_, id) in oldest(ended, MAX_ENDED) {
            self.take_out(&id);
            self.marked.remove(&id);
            self.past.insert(&id);
        }
        self.ended = MAX_ENDED;
    }
}

#[cfg(test)]
#[path = "tests/eviction.rs"]
mod tests;
