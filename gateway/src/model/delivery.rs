//! A delivery as the gateway knows it: its plan, its progress, and the phase that follows from both.
//!
//! Pure values. Folding records into them is left to [`crate::state::table`], what a client sees of them to
//! [`crate::protocol::view`].

use std::sync::Arc;

use delivery_messages::{DeliveryEvent, Millis, Plan, PlanPhase, StatePhase};
use serde::{Deserialize, Serialize};

use crate::model::limits::Limits;
use crate::model::position::{Base, Fix};
use crate::model::record::PlanOrigin;

/// The phase of a delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Phase {
    /// It is planned; its vehicle has not reported yet.
    Accepted,
    /// Its vehicle is moving.
    Running,
    /// It is paused until it is resumed.
    Suspended,
    /// The vehicle has arrived.
    Finished,
    /// Its object was deleted before it arrived.
    Cancelled,
    /// It could not continue.
    Failed,
}

impl Phase {
    /// All phases, in the order of a delivery's life.
    pub const ALL: [Self; 6] =
        [Self::Accepted, Self::Running, Self::Suspended, Self::Finished, Self::Cancelled, Self::Failed];

    /// The phase that follows from the operator's plan and the simulator's state.
    ///
    /// What the simulator has finished stays finished: `Finished` beats `Cancelled`, whichever record came first.
    #[must_use]
    pub fn of(plan: PlanPhase, state: Option<StatePhase>) -> Self {
        match (plan, state) {
            (_, Some(StatePhase::Finished)) => Self::Finished,
            (_, Some(StatePhase::Failed)) => Self::Failed,
            (PlanPhase::Cancelled, _) => Self::Cancelled,
            (PlanPhase::Suspended, _) => Self::Suspended,
            (PlanPhase::Accepted, Some(StatePhase::Running)) => Self::Running,
            (PlanPhase::Accepted, None) => Self::Accepted,
        }
    }

    /// Whether the phase is final.
    #[must_use]
    pub const fn is_final(self) -> bool {
        matches!(self, Self::Finished | Self::Cancelled | Self::Failed)
    }

    /// The name, as in JSON and in metrics.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Accepted => "Accepted",
            Self::Running => "Running",
            Self::Suspended => "Suspended",
            Self::Finished => "Finished",
            Self::Cancelled => "Cancelled",
            Self::Failed => "Failed",
        }
    }
}

impl std::str::FromStr for Phase {
    type Err = ();

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|phase| phase.name() == name).ok_or(())
    }
}

/// The part of a plan that clients may see. `clientId` is not in it, so no client can get it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct About {
    /// The delivery.
    pub delivery_id: String,
    /// The object's name.
    pub name: String,
    /// The object's namespace.
    pub namespace: String,
    /// The start request that it was created for.
    pub request_id: Option<String>,
    /// The `id` of the route.
    pub route_id: String,
    /// The route's revision: a key of the catalogue.
    pub route: String,
    /// The courier's name; may be empty.
    pub courier: String,
    /// The kind of vehicle; may be empty.
    pub vehicle: String,
    /// Milliseconds from one position to the next.
    pub interval_milliseconds: u32,
    /// When the object was created.
    pub created_at: Millis,
    /// Where its plan came from.
    pub origin: PlanOrigin,
}

impl From<Plan> for About {
    fn from(plan: Plan) -> Self {
        Self {
            delivery_id: plan.delivery_id,
            name: plan.name,
            namespace: plan.namespace,
            request_id: plan.request_id,
            route_id: plan.route_id,
            route: plan.route,
            courier: plan.courier,
            vehicle: plan.vehicle,
            interval_milliseconds: plan.interval_milliseconds,
            created_at: plan.created_at,
            origin: PlanOrigin::default(),
        }
    }
}

/// A delivery whose plan is known.
#[derive(Clone, Debug, PartialEq)]
pub struct Delivery {
    /// The part of its plan that clients may see.
    pub about: Arc<About>,
    /// The title of its route.
    pub title: Arc<str>,
    /// Its phase.
    pub phase: Phase,
    /// The newest position; none before the first.
    pub fix: Option<Fix>,
    /// When position 0 was due; none before the simulator has started.
    pub start: Option<Millis>,
    /// When the last position is due; none before the simulator has started.
    pub eta: Option<Millis>,
    /// When it reached its final phase.
    pub ended: Option<Millis>,
    /// The pod that drives it, or drove it last; none before its first state.
    pub pod: Option<Arc<str>>,
    /// The newest Events of its object, as long as it is in the table.
    pub events: Arc<[DeliveryEvent]>,
    /// The `seq` of its last position; none as long as its route is unknown.
    pub last_seq: Option<u64>,
    /// What its positions are relative to in the binary form; none before the first position.
    pub base: Option<Base>,
}

impl Delivery {
    /// What limits its positions.
    pub(crate) fn limits(&self) -> Limits {
        Limits {
            created_at: self.about.created_at,
            start: self.start,
            interval: self.about.interval_milliseconds,
            last_seq: self.last_seq,
        }
    }
}

#[cfg(test)]
#[path = "tests/delivery.rs"]
mod tests;
