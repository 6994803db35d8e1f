//! What the operator reports: phases for people, conditions for programs, and how far a delivery is.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::{Condition, Time};
use kube::KubeSchema;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::line::LngLat;

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

/// The condition of a Delivery: its route is known and can be driven.
pub const ROUTE_READY: &str = "RouteReady";
/// The condition of a Delivery: the vehicle is under way; if not, its reason and message say what the delivery is waiting for.
pub const RUNNING: &str = "Running";
/// The condition of a Delivery: the vehicle is at the end of its route. Stays true forever.
pub const COMPLETE: &str = "Complete";
/// The condition of a Delivery: it cannot go on. Stays true forever.
pub const FAILED: &str = "Failed";
/// The condition of a DeliveryRoute: deliveries can be started on it.
pub const READY: &str = "Ready";

/// How far a delivery is, as last observed. Progress, position, speed and ETA are refreshed every few seconds, less often when many
/// deliveries are under way; for every position, read Kafka or use the gateway.
#[derive(KubeSchema, Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DeliveryStatus {
    /// The generation of the object that this status is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub observed_generation: Option<i64>,
    /// Where the delivery is in its lifecycle. For people; programs should read the conditions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phase: Option<DeliveryPhase>,
    /// The conditions `RouteReady`, `Running`, `Complete` and `Failed`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[x_kube(merge_strategy = ListMerge::Map(vec!["type".into()]))]
    pub conditions: Vec<Condition>,
    /// The part of the route's length driven so far, such as `37%`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub progress: Option<String>,
    /// The same as a number, from 0 to 100.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = 100), extend("format" = "int32"))]
    pub progress_percent: Option<u32>,
    /// The time left when the status was last refreshed, such as `68s`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub eta: Option<String>,
    /// When the vehicle is expected at the end of its route.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub arrives_at: Option<Time>,
    /// The last position, `[longitude, latitude]` in degrees.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub position: Option<LngLat>,
    /// The speed there, such as `62 km/h`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub speed: Option<String>,
    /// When the vehicle started.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub started_at: Option<Time>,
    /// When it arrived at the end of its route, or failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finished_at: Option<Time>,
    /// When it was last resumed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
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
pub struct DeliveryRouteStatus {
    /// The generation of the object that this status is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub observed_generation: Option<i64>,
    /// The condition `Ready`: whether deliveries can be started on it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
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
