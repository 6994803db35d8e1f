//! What the operator reports: phases for people, conditions for programs, and how far a delivery is.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::{Condition, Time};
use kube::KubeSchema;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::line::LngLat;
use crate::meta::{conditions_schema, optional_time_schema};

/// Where the delivery is in its lifecycle. For people; programs should read the conditions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
pub enum DeliveryPhase {
    /// Waiting for its route or its pod.
    #[default]
    Pending,
    /// The vehicle is under way.
    Running,
    /// Paused until `suspend` is set to false.
    Suspended,
    /// The vehicle has arrived at the end of its route.
    Finished,
    /// It cannot go on.
    Failed,
}

impl DeliveryPhase {
    /// All phases.
    pub const ALL: [Self; 5] = [Self::Pending, Self::Running, Self::Suspended, Self::Finished, Self::Failed];

    /// The name as in the status.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Pending => "Pending",
            Self::Running => "Running",
            Self::Suspended => "Suspended",
            Self::Finished => "Finished",
            Self::Failed => "Failed",
        }
    }

    /// Whether no other phase follows.
    #[must_use]
    pub const fn is_final(self) -> bool {
        matches!(self, Self::Finished | Self::Failed)
    }
}

/// The condition of a Delivery: it is as its spec asks, under way, paused or complete; if not, its reason and message say why. It follows
/// kstatus, so that `kubectl wait`, Flux and Argo CD understand it. Of a DeliveryRoute: deliveries can be started on it.
pub const READY: &str = "Ready";
/// The condition of a Delivery: it does not get on by itself, and somebody has to act. There only while it is true, as kstatus has it.
pub const STALLED: &str = "Stalled";
/// The condition of a Delivery: its route is known and can be driven.
pub const ROUTE_READY: &str = "RouteReady";
/// The condition of a Delivery: the vehicle is under way; if not, its reason and message say what the delivery is waiting for.
pub const RUNNING: &str = "Running";
/// The condition of a Delivery: the vehicle is at the end of its route. Stays true forever.
pub const COMPLETE: &str = "Complete";
/// The condition of a Delivery: it cannot go on. Stays true forever.
pub const FAILED: &str = "Failed";

/// The `observedGeneration` that the API server gives an object which the operator has not looked at yet. Without it, kstatus would
/// take a new object for one without conditions, which is as it should be.
pub const UNOBSERVED: i64 = -1;

/// How far a delivery is, as last observed. Progress, position, speed and ETA are refreshed every few seconds, less often when many
/// deliveries are under way; for every position, read Kafka or use the gateway.
#[derive(KubeSchema, Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[schemars(extend("default" = { "observedGeneration": UNOBSERVED }))]
pub struct DeliveryStatus {
    /// The generation of the object that this status is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub observed_generation: Option<i64>,
    /// Where the delivery is in its lifecycle. For people; programs should read the conditions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phase: Option<DeliveryPhase>,
    /// The conditions `Ready`, `RouteReady`, `Running`, `Complete` and `Failed`, and `Stalled` while somebody has to act.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(schema_with = "conditions_schema")]
    #[x_kube(merge_strategy = ListMerge::Map(vec!["type".into()]))]
    pub conditions: Vec<Condition>,
    /// The part of the route's length driven so far, such as `37%`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub progress: Option<String>,
    /// The same as a number, from 0 to 100.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = 100), extend("format" = "int32"))]
    pub progress_percent: Option<u32>,
    /// The time left when the status was last refreshed, such as `2m51s`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub eta: Option<String>,
    /// When the vehicle is expected at the end of its route.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "optional_time_schema")]
    pub arrives_at: Option<Time>,
    /// The last position, `[longitude, latitude]` in degrees.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub position: Option<LngLat>,
    /// The speed there, such as `62 km/h`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub speed: Option<String>,
    /// When the vehicle started.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "optional_time_schema")]
    pub started_at: Option<Time>,
    /// When it arrived at the end of its route, or failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "optional_time_schema")]
    pub finished_at: Option<Time>,
    /// Since when it has been suspended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "optional_time_schema")]
    pub suspended_at: Option<Time>,
    /// When it was last resumed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "optional_time_schema")]
    pub resumed_at: Option<Time>,
    /// The revision of the route that it drives, `namespace/name@revision`; fixed when it starts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub route_revision: Option<String>,
    /// The number of the latest attempt to run it, from 1; each has a pod of its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0), extend("format" = "int32"))]
    pub attempt: Option<u32>,
    /// The pod of the latest attempt.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pod_name: Option<String>,
}

/// What the operator reports about a route.
#[derive(KubeSchema, Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[schemars(extend("default" = { "observedGeneration": UNOBSERVED }))]
pub struct DeliveryRouteStatus {
    /// The generation of the object that this status is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub observed_generation: Option<i64>,
    /// The condition `Ready`: whether deliveries can be started on it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(schema_with = "conditions_schema")]
    #[x_kube(merge_strategy = ListMerge::Map(vec!["type".into()]))]
    pub conditions: Vec<Condition>,
    /// The `routeId` in messages.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// A hash of its id and points.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revision: Option<String>,
    /// The number of points.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0), extend("format" = "int32"))]
    pub points: Option<u32>,
    /// The length of the line, such as `1.87 km`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub length: Option<String>,
}
