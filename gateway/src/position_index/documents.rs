//! The documents of a delivery, its plan and its state, and the timeline that follows from both.
//!
//! Pure.

use std::collections::HashMap;

use delivery_messages::{Millis, PlanPhase, StatePhase};
use serde::Deserialize;

use crate::model::delivery::Phase;

/// The fields of a plan that are fetched.
pub(crate) const PLAN_FIELDS: &[&str] = &[
    "deliveryId",
    "phase",
    "name",
    "namespace",
    "routeId",
    "route",
    "courier",
    "vehicle",
    "intervalMilliseconds",
    "createdAt",
];

/// The fields of a plan that its timeline needs.
pub(crate) const TIMELINE_FIELDS: &[&str] = &["deliveryId", "phase", "intervalMilliseconds", "createdAt"];

/// The fields of a state that are fetched.
pub(crate) const STATE_FIELDS: &[&str] = &["deliveryId", "phase", "start", "seq", "at"];

/// A plan, as indexed from `delivery.plan`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Plan {
    pub delivery_id: String,
    /// The phase of the plan.
    pub phase: PlanPhase,
    #[serde(default)]
    pub name: String,
    #[serde(default)]
    pub namespace: String,
    /// The `id` of the route.
    #[serde(default)]
    pub route_id: String,
    /// The route revision: a key of the catalogue.
    #[serde(default)]
    pub route: String,
    /// The courier; may be empty.
    #[serde(default)]
    pub courier: String,
    /// The kind of vehicle; may be empty.
    #[serde(default)]
    pub vehicle: String,
    /// Milliseconds from one position to the next.
    #[serde(default)]
    pub interval_milliseconds: u32,
    pub created_at: Millis,
}

/// A state, as indexed from `delivery.state`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct State {
    pub delivery_id: String,
    /// The phase of the state.
    pub phase: StatePhase,
    /// When position 0 was due.
    pub start: Millis,
    /// The newest `seq`; -1 before the first position.
    pub seq: i64,
    /// When that position was due.
    pub at: Millis,
}

/// The states by delivery.
#[must_use]
pub(crate) fn by_delivery(states: Vec<State>) -> HashMap<String, State> {
    states.into_iter().map(|state| (state.delivery_id.clone(), state)).collect()
}

/// The phase and times of a delivery, from its plan and state; milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Timeline {
    pub phase: Phase,
    /// When position 0 was due.
    pub start: Option<Millis>,
    /// When its last position was due; `None` while it is active, or when it never moved.
    pub end: Option<Millis>,
    /// From `start` to `end`.
    pub duration: Option<Millis>,
    /// By how much a finished delivery arrived later than creation time plus travel time.
    pub late: Option<Millis>,
}

impl Timeline {
    /// The timeline of a delivery; `state` is `None` until the first state is indexed.
    #[must_use]
    pub(crate) fn of(plan: &Plan, state: Option<&State>) -> Self {
        let phase = Phase::of(plan.phase, state.map(|state| state.phase));
        let start = state.map(|state| state.start);
        let end = state.filter(|state| phase.is_final() && state.seq >= 0).map(|state| state.at);
        let duration = start.zip(end).map(|(start, end)| end.saturating_sub(start).max(0));
        let late = end.zip(state).filter(|_| phase == Phase::Finished).map(|(end, state)| {
            delivery_messages::State::late(state.seq, end, plan.created_at, plan.interval_milliseconds)
        });
        Self { phase, start, end, duration, late }
    }
}

#[cfg(test)]
#[path = "tests/documents.rs"]
mod tests;
