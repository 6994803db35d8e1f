//! The fold of plans, states, routes and positions into deliveries, in whatever order the topics bring them.
//!
//! Pure and owned by one task. It drops repeats and what is older than it knows, and says what has changed since it was last
//! asked; who is told, and how, is for [`crate::board`] and [`crate::hub`].

use crate::catalogue::Catalogue;
use crate::delivery::{About, Delivery, Fix, Phase};
use crate::past::Past;
use crate::record::Record;
use delivery_messages::{Millis, NewPosition, Plan, PlanPhase, Route, State, StatePhase};
use std::collections::HashMap;
use std::sync::Arc;

/// How long an ended delivery stays, milliseconds. A client that has not been reached for this long has been closed before,
/// so that nobody misses an end.
pub const KEEP_ENDED: Millis = 5 * 60_000;
/// The most ended deliveries that stay; of more, the oldest go early.
pub const MAX_ENDED: usize = 10_000;

/// What a record did.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Folded {
    /// It told something new.
    Applied,
    /// It repeats, or is older than, what is known.
    Repeat,
    /// It speaks of a delivery that has ended.
    AfterEnd,
}

/// What has changed of one delivery.
#[derive(Clone, Debug)]
pub struct Change {
    /// The delivery.
    pub id: Arc<str>,
    /// How it stands now; none when it is gone from the table.
    pub delivery: Option<Delivery>,
    /// What is new about it.
    pub marks: Marks,
}

/// What is new about a delivery.
#[expect(clippy::struct_excessive_bools, reason = "four independent facts")]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Marks {
    /// It is new, or its phase or title changed.
    pub view: bool,
    /// It has a newer position.
    pub position: bool,
    /// It has come to a final phase.
    pub end: bool,
    /// Its plan has become known.
    pub accepted: bool,
}

/// All that has changed since the last time.
#[derive(Debug, Default)]
pub struct Changes {
    /// Deliveries whose plan is known.
    pub deliveries: Vec<Change>,
    /// The routes, when any changed.
    pub catalogue: Option<Arc<Catalogue>>,
}

#[derive(Debug, Default)]
struct Entry {
    plan: Option<Intent>,
    title: Option<Arc<str>>,
    state: Option<Progress>,
    fix: Option<Fix>,
    /// When the first record came that says that it ended.
    ended: Option<Millis>,
    touched: Millis,
}

#[derive(Clone, Debug)]
struct Intent {
    version: u64,
    phase: PlanPhase,
    about: Arc<About>,
}

#[derive(Clone, Copy, Debug)]
struct Progress {
    version: u64,
    phase: StatePhase,
    start: Millis,
    eta: Millis,
    partition: i32,
    offset: i64,
}

/// All deliveries that have not ended, and those that ended a short time ago.
#[derive(Debug, Default)]
pub struct Table {
    entries: HashMap<Arc<str>, Entry>,
    past: Past,
    catalogue: Catalogue,
    catalogue_changed: bool,
    marked: HashMap<Arc<str>, Marks>,
}

impl Entry {
    /// Finished as soon as either the last position or the final state is here, whichever topic is read faster.
    fn phase(&self) -> Option<Phase> {
        let arrived = self.fix.is_some_and(|fix| fix.finished);
        let moving = self.fix.map(|_| StatePhase::Running);
        let state = if arrived { Some(StatePhase::Finished) } else { self.state.map(|state| state.phase).or(moving) };
        Some(Phase::of(self.plan.as_ref()?.phase, state))
    }

    fn delivery(&self) -> Option<Delivery> {
        let plan = self.plan.as_ref()?;
        Some(Delivery {
            about: Arc::clone(&plan.about),
            title: self.title.clone().unwrap_or_else(|| plan.about.route_id.as_str().into()),
            phase: self.phase()?,
            fix: self.fix,
            start: self.state.map(|state| state.start),
            eta: self.state.map(|state| state.eta),
            ended: self.ended,
        })
    }

    /// Whether its end is known.
    fn has_ended(&self) -> bool {
        self.phase().is_some_and(Phase::is_final)
    }
}

impl Table {
    /// Takes in a record.
    pub fn fold(&mut self, record: Record) -> Folded {
        match record {
            Record::Plan { delivery_id, plan: Some(plan), time } => self.fold_plan(&delivery_id, *plan, time),
            Record::Plan { delivery_id, plan: None, .. } => self.forget(&delivery_id),
            Record::State { delivery_id, state: Some(state), time } => self.fold_state(&delivery_id, &state, time),
            Record::Position { position, time } => self.fold_position(&position, time),
            Record::Route { key, route } => self.fold_route(&key, route),
            // A state goes with its plan; an answer is for who asked.
            Record::State { state: None, .. } | Record::Rejected(_) => Folded::Repeat,
        }
    }

    /// What has changed since the last call. Deliveries without a plan are nobody's to see yet.
    pub fn changes(&mut self) -> Changes {
        let catalogue = std::mem::take(&mut self.catalogue_changed).then(|| {
            self.catalogue.settle();
            Arc::new(self.catalogue.clone())
        });
        let deliveries = std::mem::take(&mut self.marked)
            .into_iter()
            .filter_map(|(id, marks)| {
                let delivery = match self.entries.get(&id) {
                    Some(entry) => Some(entry.delivery()?),
                    None => None,
                };
                Some(Change { id, delivery, marks })
            })
            .collect();
        Changes { deliveries, catalogue }
    }

    /// Lets ended deliveries go: those of [`KEEP_ENDED`] ago, and the oldest beyond [`MAX_ENDED`]; and positions and states
    /// whose plan has not come in that time.
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
            if place >= early && time + KEEP_ENDED > now {
                break;
            }
            if self.entries.remove(&id).is_some_and(|entry| entry.plan.is_some()) {
                self.past.insert(Arc::clone(&id));
            }
            self.marked.insert(id, Marks::default());
        }
    }

    /// For each partition of `route.new-position` the lowest offset that a delivery under way still needs.
    #[must_use]
    pub fn needed_offsets(&self) -> HashMap<i32, i64> {
        let mut needed = HashMap::new();
        for entry in self.entries.values().filter(|entry| entry.plan.is_some() && !entry.has_ended()) {
            if let Some(Progress { partition, offset, .. }) = entry.state {
                needed.entry(partition).and_modify(|lowest: &mut i64| *lowest = offset.min(*lowest)).or_insert(offset);
            }
        }
        needed
    }

    /// How many deliveries there are in a phase, for each phase.
    #[must_use]
    pub fn count(&self) -> HashMap<Phase, usize> {
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
            entry.plan = Some(Intent { version: plan.version, phase: plan.phase, about: Arc::new(plan.into()) });
            Folded::Applied
        })
    }

    fn fold_state(&mut self, id: &str, state: &State, time: Millis) -> Folded {
        self.change(id, time, |entry, marks| {
            if entry.state.is_some_and(|known| known.version >= state.version) {
                return Folded::Repeat;
            }
            let ended = entry.has_ended();
            let State { version, phase, start, eta, partition, offset, .. } = *state;
            entry.state = Some(Progress { version, phase, start, eta, partition, offset });
            // A cancelled one's last report moves it no more, unless it had arrived.
            if let Some(fix) = Fix::of_state(state)
                .filter(|fix| entry.fix.is_none_or(|known| known.seq < fix.seq) && (!ended || fix.finished))
            {
                entry.fix = Some(fix);
                marks.position = true;
            }
            Folded::Applied
        })
    }

    fn fold_position(&mut self, position: &NewPosition, time: Millis) -> Folded {
        self.change(&position.delivery_id, time, |entry, marks| {
            if entry.has_ended() && !(position.finished && entry.phase() == Some(Phase::Cancelled)) {
                return Folded::AfterEnd;
            }
            if entry.fix.is_some_and(|known| known.seq >= position.seq) {
                return Folded::Repeat;
            }
            entry.fix = Some(position.into());
            marks.position = true;
            Folded::Applied
        })
    }

    /// Changes an entry by `apply` and marks what follows from it.
    fn change(&mut self, id: &str, time: Millis, apply: impl FnOnce(&mut Entry, &mut Marks) -> Folded) -> Folded {
        if self.past.contains(id) {
            return Folded::AfterEnd;
        }
        let id = self.entries.get_key_value(id).map_or_else(|| Arc::from(id), |(id, _)| Arc::clone(id));
        let entry = self.entries.entry(Arc::clone(&id)).or_default();
        let before = entry.phase();
        let mut marks = Marks::default();
        let folded = apply(entry, &mut marks);
        if folded != Folded::Applied {
            return folded;
        }
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
        // A title may come after the plan, or be corrected under way; what is gone from the catalogue keeps its title.
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

    /// A tombstone of a plan: the delivery has never been.
    fn forget(&mut self, id: &str) -> Folded {
        self.past.remove(id);
        let Some((id, _)) = self.entries.remove_entry(id) else { return Folded::Repeat };
        self.marked.insert(id, Marks::default());
        Folded::Applied
    }
}

#[cfg(test)]
#[path = "table_tests.rs"]
mod tests;
