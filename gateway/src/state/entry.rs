//! What is known about one delivery, record by record.
//!
//! Pure. [`super::table`] folds records into it and returns what has changed.

use std::sync::Arc;

use delivery_messages::deliveries::catalogue::title_of;
use delivery_messages::{DeliveryEvent, Millis, PlanPhase, State, StatePhase};
use delivery_motion::Model;

use crate::model::delivery::{About, Delivery, Phase};
use crate::model::limits::Limits;
use crate::model::position::Base;
use crate::model::position::Fix;
use crate::model::record::RecordOffset;
use crate::protocol::encoded_position::EncodedPosition;
use crate::state::catalogue::Catalogue;

/// What the records of a delivery have said so far.
#[derive(Debug, Default)]
pub(crate) struct Entry {
    pub(crate) plan: Option<KnownPlan>,
    pub(crate) title: Option<Arc<str>>,
    pub(crate) state: Option<KnownState>,
    /// The newest position. It moves with the stream's positions; a state moves it only until those are read.
    pub(crate) fix: Option<Fix>,
    /// The position that a state repeats and that has not itself arrived yet.
    pub(crate) awaited: Option<Fix>,
    /// The highest `seq` in the stream so far.
    pub(crate) streamed: Option<u64>,
    /// The newest position as it was streamed.
    pub(crate) newest: Option<Arc<EncodedPosition>>,
    pub(crate) base: Option<Base>,
    /// The `seq` of the last position; none before plan and route are known.
    pub(crate) last_seq: Option<u64>,
    /// The pod that its newest state came from.
    pub(crate) pod: Option<Arc<str>>,
    /// When the first record that ended it came.
    pub(crate) ended: Option<Millis>,
    pub(crate) touched: Millis,
}

#[derive(Clone, Debug)]
pub(crate) struct KnownPlan {
    pub(crate) version: u64,
    pub(crate) phase: PlanPhase,
    pub(crate) about: Arc<About>,
    pub(crate) events: Arc<[DeliveryEvent]>,
    /// How it is driven; none if that takes another version of the motion model.
    pub(crate) model: Option<Model>,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct KnownState {
    pub(crate) version: u64,
    pub(crate) phase: StatePhase,
    pub(crate) start: Millis,
    pub(crate) eta: Millis,
    pub(crate) seq: i64,
    pub(crate) partition: i32,
    pub(crate) offset: i64,
}

/// What a state says.
#[derive(Clone, Debug)]
pub(crate) struct Report {
    pub(crate) state: KnownState,
    /// The position that it repeats; none before the first.
    pub(crate) fix: Option<Fix>,
    /// The pod that it came from.
    pub(crate) pod: Option<Box<str>>,
}

impl From<&State> for Report {
    fn from(state: &State) -> Self {
        let State { version, phase, start, eta, seq, partition, offset, .. } = *state;
        Self {
            state: KnownState { version, phase, start, eta, seq, partition, offset },
            fix: Fix::of_state(state),
            pod: state.pod.as_deref().map(Box::from),
        }
    }
}

impl Entry {
    /// Finished as soon as the last position is here; a final state counts once its position is here too, so that an
    /// end is sent after everything that led to it.
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
        let (plan, phase) = (self.plan.as_ref()?, self.phase()?);
        Some(Delivery {
            about: Arc::clone(&plan.about),
            title: self.title.clone().unwrap_or_else(|| title_of(&plan.about.route_id).into()),
            phase,
            fix: self.fix,
            start: self.state.map(|state| state.start),
            eta: self.state.map(|state| state.eta),
            // A final state may still wait for its position.
            ended: self.ended.filter(|_| phase.is_final()),
            pod: self.pod.clone(),
            events: Arc::clone(&plan.events),
            last_seq: self.last_seq,
            base: self.base,
        })
    }

    /// What its plan says; none before that is known.
    pub(crate) fn about(&self) -> Option<Arc<About>> {
        self.plan.as_ref().map(|plan| Arc::clone(&plan.about))
    }

    /// Whether its end is known.
    pub(crate) fn has_ended(&self) -> bool {
        self.phase().is_some_and(Phase::is_final)
    }

    /// What limits its positions; none before its plan is known.
    pub(crate) fn limits(&self) -> Option<Limits> {
        let about = &self.plan.as_ref()?.about;
        Some(Limits {
            created_at: about.created_at,
            start: self.state.map(|state| state.start),
            interval: about.interval_milliseconds,
            last_seq: self.last_seq,
        })
    }

    /// Finds the `seq` of the last position as soon as plan and route are known. True when it was found now.
    pub(crate) fn find_end(&mut self, catalogue: &Catalogue) -> bool {
        if self.last_seq.is_none()
            && let Some(KnownPlan { about, model: Some(model), .. }) = &self.plan
        {
            self.last_seq = catalogue.last_seq(&about.route, model);
            return self.last_seq.is_some();
        }
        false
    }

    /// Drops what came before the plan or the route, and cannot be a position of this delivery. The next true position or
    /// state replaces it. True when something was dropped.
    pub(crate) fn drop_impossible(&mut self) -> bool {
        let (written, mut dropped) = (self.touched, false);
        let is_impossible =
            |limits: Option<Limits>, seq, at| limits.is_some_and(|limits| limits.check(seq, at, written).is_err());
        if let Some(state) = self.state
            && let Ok(seq) = u64::try_from(state.seq)
            && is_impossible(self.limits(), seq, state.start)
        {
            (self.state, self.awaited, dropped) = (None, None, true);
        }
        if self.fix.is_some_and(|fix| is_impossible(self.limits(), fix.seq, fix.at)) {
            (self.fix, self.streamed, self.newest, dropped) = (None, None, None, true);
        }
        if dropped && !self.has_ended() {
            self.ended = None;
        }
        dropped
    }

    /// Whether the stream has already brought this `seq`, here or, according to its state, earlier in the log.
    pub(crate) fn is_repeat(&self, seq: u64, record: RecordOffset) -> bool {
        let is_reported = |state: KnownState| {
            record.partition == state.partition
                && record.offset > state.offset
                && i64::try_from(seq).is_ok_and(|seq| seq <= state.seq)
        };
        self.streamed.is_some_and(|streamed| streamed >= seq) || self.state.is_some_and(is_reported)
    }

    /// Moves the delivery to a position of the stream.
    pub(crate) fn move_to(&mut self, fix: Fix) {
        if self.awaited.is_some_and(|awaited| awaited.seq <= fix.seq) {
            self.awaited = None;
        }
        self.fix = Some(fix);
    }

    /// Chooses the base of the binary form again, now that more may be known; only before it has been used.
    pub(crate) fn rebase(&mut self, catalogue: &Catalogue) {
        if let Some(Base { mut number, .. }) = self.base.take() {
            self.settle(catalogue, &mut number);
        }
    }

    /// Chooses the base of the binary form at the first position of a delivery whose plan is known. True when it was
    /// chosen now.
    pub(crate) fn settle(&mut self, catalogue: &Catalogue, numbers: &mut u32) -> bool {
        let (None, Some(plan), Some(fix)) = (self.base, &self.plan, &self.fix) else { return false };
        let origin = catalogue.revision(&plan.about.route).and_then(|route| route.path.first().copied());
        let start = self.state.map(|state| state.start);
        self.base = Some(Base::new(*numbers, plan.about.interval_milliseconds, origin, start, fix));
        *numbers = numbers.wrapping_add(1);
        true
    }
}
