//! `delivery.plan`: what is delivered by whom and how. The operator's newest record per delivery, keyed by the delivery's id.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Millis;
use crate::deliveries::event::DeliveryEvent;

/// The release of the motion model; a position is a function of the plan and the `seq` for each release.
pub const MODEL: u32 = 1;

/// What the operator has decided about a delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
pub enum PlanPhase {
    /// It runs, or will run.
    Accepted,
    /// It is paused until it is resumed.
    Suspended,
    /// Its object was deleted before it finished.
    Cancelled,
}

/// How the vehicle moves along its route.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Motion {
    /// One point of the route per tick, as in the vehicle tracker.
    PointPerTick,
    /// The same speed all the way.
    ConstantSpeed {
        /// Kilometres per hour, at least 1.
        speed_kmh: u32,
    },
}

/// A delivery as it was accepted. Together with the route's path, it determines every position.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Plan {
    /// Opaque: the uid of a Delivery, or that of a fleet with an ordinal.
    pub delivery_id: String,
    /// Grows with every change; see [`Plan::version_of`].
    pub version: u64,
    /// What the operator has decided.
    pub phase: PlanPhase,
    /// The object's name.
    pub name: String,
    /// The object's namespace.
    pub namespace: String,
    /// The installation that wrote it; no other changes it.
    pub source: String,
    /// The start request that it came from, if any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
    /// The requesting client; empty for an object that was applied to Kubernetes.
    #[serde(default)]
    pub client_id: String,
    /// The `id` of the route.
    pub route_id: String,
    /// The revision that it drives: the key of a record of `route.catalogue`.
    pub route: String,
    /// The courier's name; may be empty.
    #[serde(default)]
    pub courier: String,
    /// The kind of vehicle; may be empty.
    #[serde(default)]
    pub vehicle: String,
    /// How it moves.
    pub motion: Motion,
    /// Milliseconds from one position to the next.
    pub interval_milliseconds: u32,
    /// The seed of the noise.
    #[serde(default)]
    pub seed: u64,
    /// The standard deviation of the noise of a reported position, metres.
    #[serde(default)]
    pub noise_meters: u32,
    /// The release of the motion model; see [`MODEL`].
    pub model: u32,
    /// When the object was created.
    pub created_at: Millis,
    /// When it was last resumed: no position is due before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resumed_at: Option<Millis>,
    /// The newest of its object's Events, the last one last. They change nothing about the delivery, so the version does not grow with
    /// them. Absent in records of earlier releases.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub events: Vec<DeliveryEvent>,
}

impl Plan {
    /// The version of a plan made from that generation of its object: 2·generation, and one more when it is cancelled.
    #[must_use]
    pub const fn version_of(generation: u64, cancelled: bool) -> u64 {
        2 * generation + cancelled as u64
    }

    /// Whether another plan says the same, whatever Events the two have.
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        *self == Self { events: self.events.clone(), ..other.clone() }
    }
}
