//! The documents of a delivery, its plan and its state, and what follows from both.
//!
//! Pure.

use crate::delivery::Phase;
use delivery_messages::{Millis, PlanPhase, StatePhase};
use serde::Deserialize;
use std::collections::HashMap;

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
mod tests {
    use super::*;
    use crate::search::testing::{plan, state};
    use crate::testing::NOW;

    #[test]
    fn a_finished_delivery_is_late_by_its_waiting_and_its_suspensions() {
        // Ordered at NOW, started 3 s later, 120 intervals of 500 ms, and 7 s of standing.
        let finished = State { start: NOW + 3_000, at: NOW + 70_000, ..state("d1", 120, StatePhase::Finished) };
        let course = Course::of(&plan("d1"), Some(&finished));
        assert_eq!(course.phase, Phase::Finished);
        assert_eq!((course.start, course.end), (Some(NOW + 3_000), Some(NOW + 70_000)));
        assert_eq!((course.took, course.late), (Some(67_000), Some(10_000)));
        let early = State { start: NOW - 500, at: NOW + 59_500, ..finished };
        assert_eq!(Course::of(&plan("d1"), Some(&early)).late, Some(0), "clocks may differ");
    }

    #[test]
    fn what_is_not_over_has_no_end_and_only_what_finished_is_late() {
        let running = Course::of(&plan("d1"), Some(&state("d1", 9, StatePhase::Running)));
        assert_eq!((running.phase, running.end, running.late), (Phase::Running, None, None));
        let cancelled = Plan { phase: PlanPhase::Cancelled, ..plan("d1") };
        let stopped = Course::of(&cancelled, Some(&state("d1", 9, StatePhase::Running)));
        assert_eq!((stopped.phase, stopped.took, stopped.late), (Phase::Cancelled, Some(4_500), None));
        let never = Course::of(&cancelled, Some(&state("d1", -1, StatePhase::Running)));
        assert_eq!((never.end, never.took), (None, None));
        assert_eq!(Course::of(&plan("d1"), None).phase, Phase::Accepted);
    }

    #[test]
    fn absurd_numbers_do_no_harm() {
        let absurd = State { start: i64::MIN, seq: i64::MAX, at: i64::MAX, ..state("d1", 0, StatePhase::Finished) };
        let course = Course::of(&Plan { created_at: i64::MIN, ..plan("d1") }, Some(&absurd));
        assert!(course.took.is_some() && course.late.is_some());
    }
}
