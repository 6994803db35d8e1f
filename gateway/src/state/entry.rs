//! What is known of one delivery, record by record.
//!
//! Pure. [`crate::state::table`] folds records into it and says what has changed.

use std::sync::Arc;

use delivery_messages::{Millis, PlanPhase, StatePhase};

use crate::model::delivery::{About, Delivery, Phase};
use crate::model::position::Base;
use crate::model::position::Fix;
use crate::model::record::Slot;
use crate::protocol::encoded_position::Moved;
use crate::state::catalogue::Catalogue;

/// A delivery in the making.
#[derive(Debug, Default)]
pub(crate) struct Entry {
    pub(crate) plan: Option<Intent>,
    pub(crate) title: Option<Arc<str>>,
    pub(crate) state: Option<Progress>,
    /// The newest position. It moves with the positions; a state moves it only as long as those are not followed.
    pub(crate) fix: Option<Fix>,
    /// The position that a state told of and that has not come yet.
    pub(crate) awaited: Option<Fix>,
    /// The highest `seq` that the stream has brought.
    pub(crate) streamed: Option<u64>,
    /// The newest position as it was streamed.
    pub(crate) moved: Option<Arc<Moved>>,
    pub(crate) base: Option<Base>,
    /// When the first record came that says that it ended.
    pub(crate) ended: Option<Millis>,
    pub(crate) touched: Millis,
}

#[derive(Clone, Debug)]
pub(crate) struct Intent {
    pub(crate) version: u64,
    pub(crate) phase: PlanPhase,
    pub(crate) about: Arc<About>,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Progress {
    pub(crate) version: u64,
    pub(crate) phase: StatePhase,
    pub(crate) start: Millis,
    pub(crate) eta: Millis,
    pub(crate) seq: i64,
    pub(crate) partition: i32,
    pub(crate) offset: i64,
}

impl Entry {
    /// Finished as soon as the last position is here; a final state counts once its position is here too, so that an end is
    /// told after what led to it.
    pub(crate) fn phase(&self) -> Option<Phase> {
        let arrived = self.fix.is_some_and(|fix| fix.finished);
        let moving = self.fix.map(|_| StatePhase::Running);
        let state = if arrived { Some(StatePhase::Finished) } else { self.reported().or(moving) };
        Some(Phase::of(self.plan.as_ref()?.phase, state))
    }

    fn reported(&self) -> Option<StatePhase> {
        let state = self.state?;
        Some(if self.awaited.is_some() { StatePhase::Running } else { state.phase })
    }

    pub(crate) fn delivery(&self) -> Option<Delivery> {
        let plan = self.plan.as_ref()?;
        Some(Delivery {
            about: Arc::clone(&plan.about),
            title: self.title.clone().unwrap_or_else(|| plan.about.route_id.as_str().into()),
            phase: self.phase()?,
            fix: self.fix,
            start: self.state.map(|state| state.start),
            eta: self.state.map(|state| state.eta),
            ended: self.ended,
            base: self.base,
        })
    }

    /// Whether its end is known.
    pub(crate) fn has_ended(&self) -> bool {
        self.phase().is_some_and(Phase::is_final)
    }

    /// Whether the stream has brought this `seq` before, here or, as its simulator says, earlier in the log.
    pub(crate) fn is_repeat(&self, seq: u64, slot: Slot) -> bool {
        let told_before = |state: Progress| {
            slot.partition == state.partition
                && slot.offset > state.offset
                && i64::try_from(seq).is_ok_and(|seq| seq <= state.seq)
        };
        self.streamed.is_some_and(|streamed| streamed >= seq) || self.state.is_some_and(told_before)
    }

    /// Moves it to where the stream says.
    pub(crate) fn move_to(&mut self, fix: Fix) {
        if self.awaited.is_some_and(|awaited| awaited.seq <= fix.seq) {
            self.awaited = None;
        }
        self.fix = Some(fix);
    }

    /// Chooses the base of its binary form with the first position of a delivery whose plan is known. True when it was chosen.
    pub(crate) fn settle(&mut self, catalogue: &Catalogue, numbers: &mut u32) -> bool {
        let (None, Some(plan), Some(fix)) = (self.base, &self.plan, &self.fix) else { return false };
        let origin = catalogue.revision(&plan.about.route).and_then(|route| route.path.first().copied());
        let start = self.state.map(|state| state.start);
        self.base = Some(Base::new(*numbers, plan.about.interval_milliseconds, origin, start, fix));
        *numbers = numbers.wrapping_add(1);
        true
    }
}
