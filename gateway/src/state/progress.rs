//! The fold of what moves a delivery: plans, states and positions, in whatever order they come. Pure. Which records these are, and what
//! becomes of the changes, is left to [`crate::state::table`].

use std::sync::Arc;

use delivery_messages::deliveries::event::newest;
use delivery_messages::{Millis, NewPosition, Plan, State, StatePhase};
use delivery_motion::Model;

use crate::model::delivery::{About, Phase};
use crate::model::limits::Limits;
use crate::model::position::Fix;
use crate::model::record::{PlanOrigin, RecordOffset};
use crate::protocol::encoded_position::EncodedPosition;
use crate::state::changes::{Folded, Marks};
use crate::state::ended::MAX_ENDED;
use crate::state::entry::{Entry, KnownPlan, Report};
use crate::state::table::Table;

impl Table {
    pub(super) fn fold_plan(&mut self, id: &str, mut plan: Plan, time: Millis, origin: PlanOrigin) -> Folded {
        if let Some((report, time)) = self.early.take(self.past.hash(id)) {
            self.fold_report(id, &report, time);
        }
        let title = self.catalogue.title(&plan.route, &plan.route_id);
        let events = std::mem::take(&mut plan.events);
        let before = self.entries.get(id).and_then(Entry::about);
        let folded = self.change(id, time, |entry, marks| {
            match &mut entry.plan {
                // Only Events have come to it, which no frame carries.
                Some(known) if known.version == plan.version && newest(&known.events) < newest(&events) => {
                    known.events = events.into();
                    known.about = Arc::new(About { origin, ..About::clone(&known.about) });
                    return Folded::Applied;
                }
                Some(known) if known.version >= plan.version => return Folded::Repeat,
                _ => {}
            }
            if entry.plan.is_none() {
                marks.accepted = true;
                marks.position = entry.fix.is_some();
            }
            entry.title = Some(title);
            entry.plan = Some(KnownPlan {
                version: plan.version,
                phase: plan.phase,
                events: events.into(),
                model: Model::of_plan(&plan).ok(),
                about: Arc::new(About { origin, ..plan.into() }),
            });
            Folded::Applied
        });
        self.note_route(id, before.as_deref());
        folded
    }

    /// Notes which route a delivery drives, since its plan may be another one than `before`.
    fn note_route(&mut self, id: &str, before: Option<&About>) {
        let Some((id, entry)) = self.entries.get_key_value(id) else { return };
        let (id, Some(about)) = (Arc::clone(id), entry.about()) else { return };
        if before.is_some_and(|before| before.route == about.route) {
            return;
        }
        if let Some(before) = before {
            self.leave(&before.route, &id);
        }
        self.uses.begin(&about.route, &id);
    }

    pub(super) fn fold_state(&mut self, id: &str, state: &State, time: Millis) -> Folded {
        let report = Report::from(state);
        if self.following || self.entries.contains_key(id) {
            return self.fold_report(id, &report, time);
        }
        if self.past.contains(id) {
            return Folded::AfterEnd;
        }
        if !self.early.insert(self.past.hash(id), report, time) {
            return Folded::Repeat;
        }
        for ended in self.early.surplus(MAX_ENDED) {
            self.past.insert_hash(ended);
        }
        Folded::Applied
    }

    fn fold_report(&mut self, id: &str, report: &Report, time: Millis) -> Folded {
        let following = self.following;
        let Report { state, fix, pod } = report;
        let (state, fix) = (*state, *fix);
        self.change(id, time, |entry, marks| {
            if entry.state.is_some_and(|known| known.version >= state.version) {
                return Folded::Repeat;
            }
            if let (Some(limits), Ok(seq)) = (entry.limits(), u64::try_from(state.seq)) {
                let limits = Limits { start: Some(state.start), ..limits };
                if let Err(impossible) = limits.check(seq, fix.map_or(state.start, |fix| fix.at), time) {
                    return Folded::Impossible(impossible);
                }
            }
            let ended = entry.has_ended();
            if state.phase != StatePhase::Running {
                // Its plan may have been written again since, for its Events.
                entry.ended.get_or_insert(time);
            }
            // The page computes with both, and only a view carries them.
            marks.view = entry.state.is_some_and(|known| known.start != state.start || known.eta != state.eta);
            entry.state = Some(state);
            if let Some(pod) = pod.as_deref()
                && entry.pod.as_deref() != Some(pod)
            {
                entry.pod = Some(pod.into());
            }
            // The last report of a cancelled delivery no longer moves it, unless the vehicle had arrived.
            let newer = fix.filter(|fix| entry.fix.is_none_or(|known| known.seq < fix.seq) && (!ended || fix.finished));
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

    pub(super) fn fold_position(&mut self, position: &NewPosition, time: Millis, record: RecordOffset) -> Folded {
        // Checked only for unknown deliveries, because there are many positions.
        if !self.entries.contains_key(&*position.delivery_id) && self.erased.contains(&position.delivery_id) {
            return Folded::Erased;
        }
        let fix = Fix::from(position);
        let mut is_new = false;
        let mut moves = false;
        let folded = self.change(&position.delivery_id, time, |entry, marks| {
            if let Some(Err(impossible)) = entry.limits().map(|limits| limits.check(fix.seq, fix.at, time)) {
                return Folded::Impossible(impossible);
            }
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
}
