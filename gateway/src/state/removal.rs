//! The fold of what removes a delivery: the tombstone of its plan, and the list of erased ids. Pure. What leaves by itself after a while is
//! left to `eviction`.

use delivery_messages::Erased;
use delivery_messages::deliveries::erased::Of;

use crate::state::changes::{Folded, Marks};
use crate::state::table::Table;

impl Table {
    /// A tombstone of a plan: everything about the delivery is dropped.
    pub(super) fn forget(&mut self, id: &str) -> Folded {
        self.past.remove(id);
        self.early.take(self.past.hash(id));
        let Some((id, _)) = self.take_out(id) else { return Folded::Repeat };
        self.marked.insert(id, Marks::default());
        Folded::Applied
    }

    /// An id was added to the list of erased ids, or removed from it. Nothing of an erased delivery stays, and nothing
    /// comes back.
    pub(super) fn fold_erased(&mut self, id: &str, erased: Option<Erased>) -> Folded {
        if !self.erased.take(id, erased.is_some()) {
            return Folded::Repeat;
        }
        self.early.take(self.past.hash(id));
        let (past, known) = (self.past.remove(id), self.take_out(id).is_some());
        // Even if it is unknown here, the ring or the archive may still have something about it, but not before they
        // are filled.
        let kept = self.following && erased.is_some_and(|erased| erased.of == Of::Delivery);
        if past || known || kept {
            self.stream.retain(|position| position.about.delivery_id != id);
            self.archived.retain(|delivery| delivery.about.delivery_id != id);
            self.marked.insert(id.into(), Marks { erased: true, ..Marks::default() });
        }
        Folded::Applied
    }
}

#[cfg(test)]
#[path = "tests/removal.rs"]
mod tests;
