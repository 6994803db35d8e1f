//! The fold of plans, states, routes and positions into deliveries, in whatever order the topics bring them.
//!
//! Pure and owned by one task. It drops repeats and outdated records, and returns what has changed since the last call;
//! who gets that, and how, is left to [`crate::stream`].
//!
//! Beside the state of all deliveries it makes the stream: every position of the log once, in the order of its `seq`,
//! whatever plans and states report meanwhile, so that all replicas stream the same.

use std::collections::HashMap;
use std::sync::Arc;

use delivery_messages::erased::Of;
use delivery_messages::{Erased, ErasedIds, Millis, NewPosition, Plan, Route, State};

use crate::model::delivery::{Delivery, Phase};
use crate::model::position::Fix;
use crate::model::record::{Record, RecordOffset};
use crate::protocol::encoded_position::EncodedPosition;
use crate::state::bounded::BoundedMap;
use crate::state::catalogue::Catalogue;
use crate::state::entry::{Entry, KnownPlan, KnownState};

/// How long an ended delivery stays, milliseconds. A client that could not be written to for this long has been
/// disconnected before, so no client misses an end.
pub(crate) const KEEP_ENDED: Millis = 5 * 60_000;
/// The maximum number of ended deliveries that stay; beyond it, the oldest leave early.
pub(crate) const MAX_ENDED: usize = 10_000;
/// The maximum number of ids of past deliveries that are remembered; about 100 bytes each.
const MAX_PAST: usize = 200_000;
/// How long the position that a state repeats may take to arrive, milliseconds; then the state's copy is used.
pub(crate) const AWAIT: Millis = 10_000;

/// The effect of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Folded {
    /// It brought something new.
    Applied,
    /// It repeats what is known, or is older.
    Repeat,
    /// It is about a delivery that has ended.
    AfterEnd,
    /// It is about a delivery that is erased.
    Erased,
    /// It is a position of a delivery without a plan.
    Unplanned,
    Unreadable,
}

/// A change of one delivery.
#[derive(Clone, Debug)]
pub(crate) struct Change {
    pub id: Arc<str>,
    /// Its state now; none when it has left the table.
    pub delivery: Option<Delivery>,
    /// What has changed.
    pub marks: Marks,
    /// Its newest position as it was streamed; none when it was taken from a state.
    pub newest: Option<Arc<EncodedPosition>>,
}

/// What has changed about a delivery.
#[expect(clippy::struct_excessive_bools, reason = "five independent facts")]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Marks {
    /// It is new, or its phase or title changed.
    pub view: bool,
    /// It has a newer position.
    pub position: bool,
    /// It has come to a final phase.
    pub end: bool,
    /// Its plan has become known.
    pub accepted: bool,
    /// It is erased: nothing about it may be sent any more.
    pub erased: bool,
}

#[derive(Debug, Default)]
pub(crate) struct Changes {
    /// Deliveries whose plan is known.
    pub deliveries: Vec<Change>,
    /// The routes, when any changed.
    pub catalogue: Option<Arc<Catalogue>>,
    /// Every new position, in the order of the log.
    pub stream: Vec<Arc<EncodedPosition>>,
    /// How many positions moved a delivery under way.
    pub positions: u64,
    /// Deliveries that have left after their end.
    pub archived: Vec<Delivery>,
}

/// All deliveries that have not ended, and those that ended recently.
#[derive(Debug)]
pub(crate) struct Table {
    entries: HashMap<Arc<str>, Entry>,
    /// The ids of deliveries that have ended and left the table, so that a late record does not bring one back. Beyond
    /// [`MAX_PAST`] the oldest are dropped, which would only matter for a record older than all of those.
    past: BoundedMap<()>,
    erased: ErasedIds,
    catalogue: Catalogue,
    catalogue_changed: bool,
    marked: HashMap<Arc<str>, Marks>,
    stream: Vec<Arc<EncodedPosition>>,
    positions: u64,
    archived: Vec<Delivery>,
    numbers: u32,
    following: bool,
}

impl Default for Table {
    fn default() -> Self {
        Self {
            entries: HashMap::new(),
            past: BoundedMap::new(MAX_PAST),
            erased: ErasedIds::default(),
            catalogue: Catalogue::default(),
            catalogue_changed: false,
            marked: HashMap::new(),
            stream: Vec::new(),
            positions: 0,
            archived: Vec::new(),
            numbers: 0,
            following: false,
        }
    }
}

impl Table {
    pub(crate) fn fold(&mut self, record: Record) -> Folded {
        if let Record::Plan { delivery_id: id, .. } | Record::State { delivery_id: id, .. } = &record
            && self.erased.contains(id)
        {
            return Folded::Erased;
        }
        match record {
            Record::Plan { delivery_id, plan: Some(plan), time } => self.fold_plan(&delivery_id, *plan, time),
            Record::Plan { delivery_id, plan: None, .. } => self.forget(&delivery_id),
            Record::State { delivery_id, state: Some(state), time } => self.fold_state(&delivery_id, &state, time),
            Record::Position { position, time, offset } => self.fold_position(&position, time, offset),
            Record::Route { key, route } => self.fold_route(&key, route),
            Record::Erased { id, erased } => self.fold_erased(&id, erased),
            Record::Unreadable(_) => Folded::Unreadable,
            // A state leaves with its plan; a rejection only concerns the client that sent the request.
            Record::State { state: None, .. } | Record::Rejected(_) => Folded::Repeat,
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

    /// From now on positions are read, so a state need not move a delivery before its position arrives.
    pub(crate) const fn follow(&mut self) {
        self.following = true;
    }

    /// Whether a position of this delivery need not wait for its plan: the plan is known, or the delivery has ended
    /// long ago or is erased.
    pub(crate) fn expects(&self, id: &str) -> bool {
        let planned = self.entries.get(id).is_some_and(|entry| entry.plan.is_some());
        planned || self.past.contains(id) || self.erased.contains(id)
    }

    /// Removes ended deliveries: those that ended [`KEEP_ENDED`] ago, and the oldest beyond [`MAX_ENDED`]; and
    /// positions and states whose plan has not come in that time.
    pub(crate) fn evict(&mut self, now: Millis) {
        let mut ended: Vec<(Millis, Arc<str>)> = Vec::new();
        for (id, entry) in &self.entries {
            if entry.plan.is_none() || entry.has_ended() {
                ended.push((entry.ended.unwrap_or(entry.touched), Arc::clone(id)));
            }
        }
        ended.sort_unstable();
        let early = ended.len().saturating_sub(MAX_ENDED);
        for (place, (time, id)) in ended.into_iter().enumerate() {
            if place >= early && time + KEEP_ENDED > now {
                break;
            }
            if let Some(delivery) = self.entries.remove(&id).and_then(|entry| entry.delivery()) {
                self.past.insert(Arc::clone(&id), ());
                self.archived.push(delivery);
            }
            self.marked.insert(id, Marks::default());
        }
        self.take_awaited(now);
    }

    /// Takes a position from the state that repeats it if it does not arrive, for example because retention has removed
    /// it.
    fn take_awaited(&mut self, now: Millis) {
        let late = |entry: &Entry| entry.awaited.is_some() && entry.touched + AWAIT <= now;
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

    /// For each partition of `route.new-position` the lowest offset that a delivery under way still needs.
    pub(crate) fn needed_offsets(&self) -> HashMap<i32, i64> {
        let mut needed = HashMap::new();
        for entry in self.entries.values().filter(|entry| entry.plan.is_some() && !entry.has_ended()) {
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

    fn fold_plan(&mut self, id: &str, plan: Plan, time: Millis) -> Folded {
        let title = self.catalogue.title(&plan.route, &plan.route_id);
        self.change(id, time, |entry, marks| {
            if entry.plan.as_ref().is_some_and(|known| known.version >= plan.version) {
                return Folded::Repeat;
            }
            if entry.plan.is_none() {
                marks.accepted = true;
                marks.position = entry.fix.is_some();
            }
            entry.title = Some(title);
            entry.plan = Some(KnownPlan { version: plan.version, phase: plan.phase, about: Arc::new(plan.into()) });
            Folded::Applied
        })
    }

    fn fold_state(&mut self, id: &str, state: &State, time: Millis) -> Folded {
        let following = self.following;
        self.change(id, time, |entry, marks| {
            if entry.state.is_some_and(|known| known.version >= state.version) {
                return Folded::Repeat;
            }
            let ended = entry.has_ended();
            let State { version, phase, start, eta, seq, partition, offset, .. } = *state;
            // The page computes with both, and only a view carries them.
            marks.view = entry.state.is_some_and(|known| known.start != start || known.eta != eta);
            entry.state = Some(KnownState { version, phase, start, eta, seq, partition, offset });
            // The last report of a cancelled delivery no longer moves it, unless the vehicle had arrived.
            let newer = Fix::of_state(state)
                .filter(|fix| entry.fix.is_none_or(|known| known.seq < fix.seq) && (!ended || fix.finished));
            match newer {
                Some(fix) if following => entry.awaited = Some(fix),
                Some(fix) => {
                    entry.fix = Some(fix);
                    marks.position = true;
                }
                None => {}
            }
            Folded::Applied
        })
    }

    fn fold_position(&mut self, position: &NewPosition, time: Millis, record: RecordOffset) -> Folded {
        // Checked only for unknown deliveries, because there are many positions.
        if !self.entries.contains_key(&*position.delivery_id) && self.erased.contains(&position.delivery_id) {
            return Folded::Erased;
        }
        let fix = Fix::from(position);
        let mut is_new = false;
        let mut moves = false;
        let folded = self.change(&position.delivery_id, time, |entry, marks| {
            if entry.is_repeat(fix.seq, record) {
                return Folded::Repeat;
            }
            is_new = true;
            entry.streamed = Some(fix.seq);
            let ended = entry.has_ended() && !(fix.finished && entry.phase() == Some(Phase::Cancelled));
            if entry.fix.is_some_and(|known| known.seq >= fix.seq) {
                return Folded::Repeat;
            }
            entry.move_to(fix);
            if ended {
                // The stream includes positions after the delivery's end; the mode `latest` does not.
                return Folded::AfterEnd;
            }
            moves = true;
            marks.position = true;
            if entry.plan.is_some() { Folded::Applied } else { Folded::Unplanned }
        });
        if is_new {
            self.positions += u64::from(moves);
            self.stream(&position.delivery_id, fix, record);
        }
        folded
    }

    /// Adds a position to the stream, unless its delivery has no plan.
    fn stream(&mut self, id: &str, fix: Fix, record: RecordOffset) {
        let Some((id, entry)) = self.entries.get_key_value(id) else { return };
        let id = Arc::clone(id);
        let Some(delivery) = entry.delivery() else { return };
        let position = Arc::new(EncodedPosition::new(&delivery, fix, Some(record)));
        self.stream.push(Arc::clone(&position));
        if let Some(entry) = self.entries.get_mut(&id) {
            entry.newest = Some(position);
        }
        self.mark(id, Marks::default());
    }

    /// Changes an entry by `apply` and marks the resulting changes.
    fn change(&mut self, id: &str, time: Millis, apply: impl FnOnce(&mut Entry, &mut Marks) -> Folded) -> Folded {
        if self.past.contains(id) {
            return Folded::AfterEnd;
        }
        let id = self.entries.get_key_value(id).map_or_else(|| Arc::from(id), |(id, _)| Arc::clone(id));
        let entry = self.entries.entry(Arc::clone(&id)).or_default();
        let before = entry.phase();
        let mut marks = Marks::default();
        let folded = apply(entry, &mut marks);
        if !matches!(folded, Folded::Applied | Folded::Unplanned) {
            return folded;
        }
        marks.view |= entry.settle(&self.catalogue, &mut self.numbers);
        entry.touched = time;
        let after = entry.phase();
        if after != before {
            marks.view = true;
            if after.is_some_and(Phase::is_final) {
                entry.ended = Some(entry.ended.unwrap_or(time));
                marks.end = true;
            }
        }
        self.mark(id, marks);
        folded
    }

    fn mark(&mut self, id: Arc<str>, marks: Marks) {
        let all = self.marked.entry(id).or_default();
        all.view |= marks.view;
        all.position |= marks.position;
        all.end |= marks.end;
        all.accepted |= marks.accepted;
        all.erased |= marks.erased;
    }

    fn fold_route(&mut self, key: &str, route: Option<Arc<Route>>) -> Folded {
        let title: Option<Arc<str>> = route.as_ref().map(|route| route.title.as_str().into());
        let changed = match route {
            Some(route) => self.catalogue.put(key, route),
            None => self.catalogue.remove(key),
        };
        if !changed {
            return Folded::Repeat;
        }
        self.catalogue_changed = true;
        // A title may come after the plan, or be corrected later; a route that left the catalogue keeps its title.
        let Some(title) = title else { return Folded::Applied };
        let mut renamed = Vec::new();
        for (id, entry) in &mut self.entries {
            if entry.plan.as_ref().is_some_and(|plan| plan.about.route == key) && entry.title.as_ref() != Some(&title) {
                entry.title = Some(Arc::clone(&title));
                renamed.push(Arc::clone(id));
            }
        }
        for id in renamed {
            self.mark(id, Marks { view: true, ..Marks::default() });
        }
        Folded::Applied
    }

    /// A tombstone of a plan: everything about the delivery is dropped.
    fn forget(&mut self, id: &str) -> Folded {
        self.past.remove(id);
        let Some((id, _)) = self.entries.remove_entry(id) else { return Folded::Repeat };
        self.marked.insert(id, Marks::default());
        Folded::Applied
    }

    /// An id was added to the list of erased ids, or removed from it. Nothing of an erased delivery stays, and nothing
    /// comes back.
    fn fold_erased(&mut self, id: &str, erased: Option<Erased>) -> Folded {
        if !self.erased.take(id, erased.is_some()) {
            return Folded::Repeat;
        }
        let (past, known) = (self.past.remove(id), self.entries.remove(id).is_some());
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
#[path = "tests/table.rs"]
mod tests;
