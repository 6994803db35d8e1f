//! Plans that began hours ago and have not moved since, so that all their positions are due at once.
//!
//! Pure but for the clock.

use anyhow::{Context, Result};
use delivery_messages::records::partitioner;
use delivery_messages::{Millis, Motion, Plan, Route, State, StatePhase};
use serde_json::{Value, json};

/// Plans and routes as in the log.
const PLANS: &str = include_str!("../../../messages/golden/1/delivery.plan.json");
const ROUTES: &str = include_str!("../../../messages/golden/1/route.catalogue.json");
/// As the operator creates the topic of positions.
pub(super) const PARTITIONS: i32 = 6;
const INTERVAL: u32 = 500;
/// How many positions of each plan are overdue: fewer than its route has at 1 km/h.
const POSITIONS: u32 = 36_000;

#[derive(Debug)]
pub(super) struct Overdue {
    /// The simulator's file of plans.
    pub(super) file: Value,
    /// The state that the log must have of each.
    pub(super) states: Vec<State>,
    /// When they began.
    pub(super) start: Millis,
}

impl Overdue {
    /// So many plans of one route, whose ids begin with `run`.
    ///
    /// # Errors
    /// When there is no golden record to begin with.
    pub(super) fn new(run: &str, count: u32) -> Result<Self> {
        let (plans, routes): (Vec<Plan>, Vec<Route>) = (serde_json::from_str(PLANS)?, serde_json::from_str(ROUTES)?);
        let sample = plans.into_iter().next().context("a golden plan")?;
        let route = routes.into_iter().next().context("a golden route")?;
        // Five kilometres.
        let path = (0..500).map(|step| [-47.93 + f64::from(step) * 1e-4, -15.82]).collect();
        let route = Route { path, ..route };
        let now = jiff::Timestamp::now().as_millisecond();
        let start = now - Millis::from(POSITIONS) * Millis::from(INTERVAL);
        let plan = |number: u32| Plan {
            delivery_id: format!("{run}-{number}"),
            route: route.key(),
            motion: Motion::ConstantSpeed { speed_kmh: 1 },
            interval_milliseconds: INTERVAL,
            created_at: now,
            resumed_at: None,
            ..sample.clone()
        };
        let plans: Vec<Plan> = (0..count).map(plan).collect();
        let states = plans.iter().map(|plan| state(&plan.delivery_id, start)).collect();
        let entries: Vec<Value> = (plans.iter().enumerate())
            .map(
                |(number, plan)| {
                    if number == 0 { json!({"plan": plan, "route": route}) } else { json!({"plan": plan}) }
                },
            )
            .collect();
        Ok(Self { file: json!({"plans": entries}), states, start })
    }
}

fn state(id: &str, start: Millis) -> State {
    State {
        delivery_id: id.to_owned(),
        version: State::version_of(-1, false),
        phase: StatePhase::Running,
        start,
        seq: -1,
        at: start,
        position: None,
        speed: 0.0,
        heading: 0.0,
        progress: 0.0,
        eta: start,
        late_milliseconds: None,
        partition: partitioner::partition(id.as_bytes(), PARTITIONS),
        offset: 0,
        reason: None,
        pod: None,
    }
}

#[cfg(test)]
#[path = "tests/overdue.rs"]
mod tests;
