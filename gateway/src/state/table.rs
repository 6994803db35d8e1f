//! The fold of plans, states, routes and positions into deliveries, in whatever order the topics bring them.
//!
//! Pure and owned by one task. It drops repeats and outdated records, and returns what has changed since the last call;
//! who gets that, and how, is left to [`crate::stream`]; what plans, states and positions change to `progress`, what is deleted to
//! `removal`, and what leaves the table after a while to `eviction`.
//!
//! Beside the state of all deliveries it makes the stream: every position of the log once, in the order of its `seq`,
//! whatever plans and states report meanwhile, so that all replicas stream the same.

use std::collections::HashMap;
use std::sync::Arc;

use delivery_messages::{ErasedIds, Millis, Route};

use crate::model::delivery::{Delivery, Phase};
use crate::model::record::Record;
use crate::protocol::encoded_position::EncodedPosition;
use crate::state::catalogue::Catalogue;
use crate::state::changes::{Change, Changes, Folded, Marks};
use crate::state::early::EarlyReports;
use crate::state::ended::EndedIds;
use crate::state::entry::{Entry, KnownState};
use crate::state::route_uses::RouteUses;

/// While the topics are read from their beginnings, a path inside a Delivery whose record is younger than this, in milliseconds, may be that
/// of a plan which has yet to be read.
const RECENT: Millis = 10 * 60_000;

/// All deliveries that have not ended, and those that ended recently.
#[derive(Debug, Default)]
pub struct Table {
    pub(super) entries: HashMap<Arc<str>, Entry>,
    /// How many of them have ended since [`Table::shed`] last counted.
    pub(super) ended: usize,
    pub(super) past: EndedIds,
    pub(super) early: EarlyReports,
    pub(super) erased: ErasedIds,
    pub(super) catalogue: Catalogue,
    pub(super) catalogue_changed: bool,
    pub(super) uses: RouteUses,
    /// When the broker wrote the newest record of a plan, a state or a route.
    newest: Millis,
    pub(super) marked: HashMap<Arc<str>, Marks>,
    pub(super) stream: Vec<Arc<EncodedPosition>>,
    pub(super) positions: u64,
    pub(super) archived: Vec<Delivery>,
    numbers: u32,
    pub(super) following: bool,
}

impl Table {
    /// One whose catalogue lists the routes of the namespace in which start requests become Deliveries; none: of all.
    pub(crate) fn of_requests_in(namespace: Option<&str>) -> Self {
        Self { catalogue: Catalogue::of_namespace(namespace), ..Self::default() }
    }

    /// Folds a record.
    pub fn fold(&mut self, record: Record) -> Folded {
        if let Record::Plan { delivery_id: id, .. } | Record::State { delivery_id: id, .. } = &record
            && self.erased.contains(id)
        {
            return Folded::Erased;
        }
        if let Record::Plan { time, .. } | Record::State { time, .. } | Record::Route { time, .. } = &record {
            self.newest = self.newest.max(*time);
        }
        match record {
            Record::Plan { delivery_id, plan: Some(plan), time, origin } => {
                self.fold_plan(&delivery_id, *plan, time, origin)
            }
            Record::Plan { delivery_id, plan: None, .. } => self.forget(&delivery_id),
            Record::State { delivery_id, state: Some(state), time } => self.fold_state(&delivery_id, &state, time),
            Record::Position { position, time, offset } => self.fold_position(&position, time, offset),
            Record::Route { key, route, time } => self.fold_route(&key, route, time),
            Record::Erased { id, erased } => self.fold_erased(&id, erased),
            Record::Unreadable(_) => Folded::Unreadable,
            // A state leaves with its plan; a rejection only concerns the client that sent the request.
            Record::State { state: None, delivery_id, .. } => {
                self.early.take(self.past.hash(&delivery_id));
                Folded::Repeat
            }
            Record::Rejected(_) => Folded::Repeat,
        }
    }

    /// What has changed since the last call, without deliveries that have no plan yet.
    pub(crate) fn changes(&mut self) -> Changes {
        let catalogue = std::mem::take(&mut self.catalogue_changed).then(|| {
            self.catalogue.settle();
            Arc::new(self.catalogue.clone())
        });
        let deliveries = std::mem::take(&mut self.marked)
            .into_iter()
            .filter_map(|(id, marks)| {
                let entry = self.entries.get(&id);
                let delivery = match entry {
                    Some(entry) => Some(entry.delivery()?),
                    None => None,
                };
                let is_newest =
                    |position: &&Arc<EncodedPosition>| entry.and_then(|entry| entry.fix) == Some(position.fix);
                let newest = entry.and_then(|entry| entry.newest.as_ref()).filter(is_newest).cloned();
                Some(Change { id, delivery, marks, newest })
            })
            .collect();
        Changes {
            deliveries,
            catalogue,
            stream: self.take_stream(),
            positions: std::mem::take(&mut self.positions),
            archived: std::mem::take(&mut self.archived),
        }
    }

    /// The new positions since the last call, in the order of the log.
    pub(crate) fn take_stream(&mut self) -> Vec<Arc<EncodedPosition>> {
        std::mem::take(&mut self.stream)
    }

    /// From now on positions are read, so a state need not move a delivery before its position arrives. States and plans have
    /// been read to their ends: a state that has no plan by now belongs to a delivery that was removed.
    pub fn follow(&mut self) {
        self.following = true;
        self.early = EarlyReports::default();
        // Routes are read after plans, and no position has been encoded yet.
        for entry in self.entries.values_mut() {
            entry.rebase(&self.catalogue);
        }
    }

    /// Whether a position of this delivery need not wait for its plan: the plan is known, or the delivery has ended
    /// long ago or is erased.
    pub(crate) fn expects(&self, id: &str) -> bool {
        let planned = self.entries.get(id).is_some_and(|entry| entry.plan.is_some());
        planned || self.past.contains(id) || self.erased.contains(id)
    }

    /// For each partition of `route.new-position` the lowest offset that a delivery under way still needs. A suspended one
    /// needs none: its simulator wrote the newest position into the state when it stopped.
    pub(crate) fn needed_offsets(&self) -> HashMap<i32, i64> {
        let mut needed = HashMap::new();
        let moves = |entry: &&Entry| matches!(entry.phase(), Some(Phase::Accepted | Phase::Running));
        for entry in self.entries.values().filter(moves) {
            if let Some(KnownState { partition, offset, .. }) = entry.state {
                needed.entry(partition).and_modify(|lowest: &mut i64| *lowest = offset.min(*lowest)).or_insert(offset);
            }
        }
        needed
    }

    /// The number of deliveries in each phase.
    pub(crate) fn count(&self) -> HashMap<Phase, usize> {
        let mut count = HashMap::new();
        for phase in self.entries.values().filter_map(Entry::phase) {
            *count.entry(phase).or_default() += 1;
        }
        count
    }

    /// Changes an entry by `apply` and marks the resulting changes.
    pub(super) fn change(
        &mut self,
        id: &str,
        time: Millis,
        apply: impl FnOnce(&mut Entry, &mut Marks) -> Folded,
    ) -> Folded {
        if self.past.contains(id) {
            return Folded::AfterEnd;
        }
        let id = self.entries.get_key_value(id).map_or_else(|| Arc::from(id), |(id, _)| Arc::clone(id));
        let entry = self.entries.entry(Arc::clone(&id)).or_default();
        let (before, planned) = (entry.phase(), entry.plan.is_some());
        let mut marks = Marks::default();
        let folded = apply(entry, &mut marks);
        if !matches!(folded, Folded::Applied | Folded::Unplanned) {
            return folded;
        }
        if entry.find_end(&self.catalogue) || entry.plan.is_some() != planned {
            entry.drop_impossible();
        }
        marks.view |= entry.settle(&self.catalogue, &mut self.numbers);
        // The topics are read one after the other, so this record may be the older one.
        entry.touched = entry.touched.max(time);
        let after = entry.phase();
        if after != before {
            marks.view = true;
            if after.is_some_and(Phase::is_final) {
                entry.ended = Some(entry.ended.unwrap_or(entry.touched));
                marks.end = true;
                self.ended += 1;
            }
        }
        self.mark(id, marks);
        if !self.following {
            self.shed();
        }
        folded
    }

    pub(super) fn mark(&mut self, id: Arc<str>, marks: Marks) {
        self.marked.entry(id).or_default().add(marks);
    }

    /// Takes a delivery out, which then no longer drives its route.
    pub(super) fn take_out(&mut self, id: &str) -> Option<(Arc<str>, Entry)> {
        let (id, entry) = self.entries.remove_entry(id)?;
        if let Some(plan) = &entry.plan {
            self.leave(&plan.about.route, &id);
        }
        Some((id, entry))
    }

    /// A delivery no longer drives a revision.
    pub(super) fn leave(&mut self, route: &str, id: &str) {
        let is_path = |route: &Arc<Route>| route.is_inline();
        if self.uses.end(route, id) && self.catalogue.revision(route).is_some_and(is_path) {
            self.uses.rest(route);
        }
    }

    fn fold_route(&mut self, key: &str, route: Option<Arc<Route>>, time: Millis) -> Folded {
        let title: Option<Arc<str>> = route.as_ref().map(|route| route.title.as_str().into());
        if route.as_ref().is_some_and(|route| route.is_inline()) && !self.uses.is_used(key) {
            if !self.following && time.saturating_add(RECENT) < self.newest {
                return Folded::AfterEnd;
            }
            self.uses.rest(key);
        }
        let changed = if let Some(route) = route {
            self.catalogue.put(key, route)
        } else {
            self.uses.forget(key);
            self.catalogue.remove(key)
        };
        if !changed {
            return Folded::Repeat;
        }
        self.catalogue_changed = true;
        // A title may come after the plan, or be corrected later; a route that left the catalogue keeps its title.
        let Some(title) = title else { return Folded::Applied };
        let mut renamed = Vec::new();
        for id in self.uses.of(key) {
            let Some(entry) = self.entries.get_mut(&id) else { continue };
            let dropped = entry.find_end(&self.catalogue) && entry.drop_impossible();
            if dropped || entry.title.as_ref() != Some(&title) {
                entry.title = Some(Arc::clone(&title));
                renamed.push(id);
            }
        }
        for id in renamed {
            self.mark(id, Marks { view: true, ..Marks::default() });
        }
        Folded::Applied
    }
}

#[cfg(test)]
#[path = "tests/table.rs"]
mod tests;
