//! The kinds of news, and which of them a plan or a state tells. Pure.
//!
//! Each record tells its kinds by itself, whatever came before it, so that the order of records makes no difference.

use std::collections::BTreeSet;

use delivery_messages::{Millis, Plan, PlanPhase, State, StatePhase};

/// The part of the way from which a delivery is nearly there.
const NEARLY: f64 = 0.9;
/// From how many milliseconds on a delivery is late.
const LATE: Millis = 300_000;

/// A kind of news, in the order in which they happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Kind {
    /// The purchase was approved.
    Approved,
    /// Its invoice was issued.
    Invoiced,
    /// The request for a delivery was refused.
    Refused,
    /// A delivery was accepted.
    Accepted,
    /// The delivery has begun.
    UnderWay,
    /// It is later than it should be.
    Late,
    /// It is near its end.
    NearlyThere,
    /// It has arrived.
    Finished,
    /// It was cancelled.
    Cancelled,
    /// It cannot go on.
    Failed,
}

/// Some kinds of news.
pub(crate) type Kinds = BTreeSet<Kind>;

impl Kind {
    /// All of them.
    pub(crate) const ALL: [Self; 10] = [
        Self::Approved,
        Self::Invoiced,
        Self::Refused,
        Self::Accepted,
        Self::UnderWay,
        Self::Late,
        Self::NearlyThere,
        Self::Finished,
        Self::Cancelled,
        Self::Failed,
    ];

    /// The name: in the ids of notifications, in the store and in metrics, so it never changes.
    #[must_use]
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Approved => "approved",
            Self::Invoiced => "invoiced",
            Self::Refused => "refused",
            Self::Accepted => "accepted",
            Self::UnderWay => "under-way",
            Self::Late => "late",
            Self::NearlyThere => "nearly-there",
            Self::Finished => "finished",
            Self::Cancelled => "cancelled",
            Self::Failed => "failed",
        }
    }

    /// The category of its notifications.
    #[must_use]
    pub(crate) const fn category(self) -> &'static str {
        match self {
            Self::Approved => "purchase",
            Self::Invoiced => "invoice",
            _ => "delivery",
        }
    }

    /// Whether it is about the delivery, not about the purchase itself.
    #[must_use]
    pub(crate) const fn is_of_delivery(self) -> bool {
        !matches!(self, Self::Approved | Self::Invoiced)
    }

    /// Whether there is no delivery that it could be about: it is told of the purchase alone.
    #[must_use]
    pub(crate) const fn is_without_delivery(self) -> bool {
        !self.is_of_delivery() || matches!(self, Self::Refused)
    }

    /// Whether nothing more is to be expected of the delivery.
    #[must_use]
    pub(crate) const fn is_final(self) -> bool {
        matches!(self, Self::Finished | Self::Cancelled | Self::Failed)
    }
}

/// The kinds that a plan tells. One that is suspended was accepted.
#[must_use]
pub(crate) fn of_plan(plan: &Plan) -> Kinds {
    match plan.phase {
        PlanPhase::Accepted | PlanPhase::Suspended => [Kind::Accepted].into(),
        PlanPhase::Cancelled => [Kind::Cancelled].into(),
    }
}

/// The kinds that a state tells.
#[must_use]
pub(crate) fn of_state(state: &State) -> Kinds {
    match state.phase {
        StatePhase::Finished => [Kind::Finished].into(),
        StatePhase::Failed => [Kind::Failed].into(),
        // Before the first position it has not begun.
        StatePhase::Running if state.seq < 0 => Kinds::new(),
        StatePhase::Running => {
            let late = state.late_milliseconds.is_some_and(|late| late >= LATE);
            let all = [(Kind::UnderWay, true), (Kind::Late, late), (Kind::NearlyThere, state.progress >= NEARLY)];
            all.into_iter().filter_map(|(kind, is_so)| is_so.then_some(kind)).collect()
        }
    }
}

#[cfg(test)]
#[path = "tests/kind.rs"]
mod tests;
