//! The documents of a delivery, its plan and its state, and what follows from both.
//!
//! Pure.

use std::collections::HashMap;

use delivery_messages::{Millis, PlanPhase, StatePhase};
use serde::Deserialize;

use crate::model::delivery::Phase;

/// The fields of a plan that are asked for.
pub const PLAN_FIELDS: &[&str] = &[
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

/// The fields of a plan that its course follows from.
pub const COURSE_FIELDS: &[&str] = &["deliveryId", "phase", "intervalMilliseconds", "createdAt"];

/// The fields of a state that are asked for.
pub const STATE_FIELDS: &[&str] = &["deliveryId", "phase", "start", "seq", "at"];

/// Who and what, as `delivery.plan` has it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Plan {
    /// The delivery.
    pub delivery_id: String,
    /// What the operator wants.
    pub phase: PlanPhase,
    /// The object's name.
    #[serde(default)]
    pub name: String,
    /// The object's namespace.
    #[serde(default)]
    pub namespace: String,
    /// The `id` of the route.
    #[serde(default)]
    pub route_id: String,
    /// The revision that it drives: a key of the catalogue.
    #[serde(default)]
    pub route: String,
    /// The courier's name; may be empty.
    #[serde(default)]
    pub courier: String,
    /// The kind of vehicle; may be empty.
    #[serde(default)]
    pub vehicle: String,
    /// Milliseconds from one position to the next.
    #[serde(default)]
    pub interval_milliseconds: u32,
    /// When it was ordered.
    pub created_at: Millis,
}

/// How far, as `delivery.state` has it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct State {
    /// The delivery.
    pub delivery_id: String,
    /// Whether it still moves.
    pub phase: StatePhase,
    /// When position 0 was due.
    pub start: Millis,
    /// The newest position; -1 before the first.
    pub seq: i64,
    /// When that position was due.
    pub at: Millis,
}

/// The states by delivery.
#[must_use]
pub fn by_delivery(states: Vec<State>) -> HashMap<String, State> {
    states.into_iter().map(|state| (state.delivery_id.clone(), state)).collect()
}

/// What follows from a plan and a state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Course {
    /// How it stands.
    pub phase: Phase,
    /// When position 0 was due.
    pub start: Option<Millis>,
    /// When its last position was due; none before it is over, or when it never moved.
    pub end: Option<Millis>,
    /// How long it took.
    pub took: Option<Millis>,
    /// How much later a finished one arrived than after its order and the time of its way.
    pub late: Option<Millis>,
}

impl Course {
    /// The course of a delivery; a state that has not come yet is none.
    #[must_use]
    pub fn of(plan: &Plan, state: Option<&State>) -> Self {
        let phase = Phase::of(plan.phase, state.map(|state| state.phase));
        let start = state.map(|state| state.start);
        let end = state.filter(|state| phase.is_final() && state.seq >= 0).map(|state| state.at);
        let took = start.zip(end).map(|(start, end)| end.saturating_sub(start).max(0));
        let late = end.zip(state).filter(|_| phase == Phase::Finished).map(|(end, state)| {
            delivery_messages::State::late(state.seq, end, plan.created_at, plan.interval_milliseconds)
        });
        Self { phase, start, end, took, late }
    }
}

#[cfg(test)]
#[path = "tests/document.rs"]
mod tests;
