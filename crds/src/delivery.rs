//! Delivery: one vehicle's trip along one route.

use kube::{CustomResource, KubeSchema};
use serde::{Deserialize, Serialize};

use crate::line::{LngLat, optional_line_schema};
use crate::status::DeliveryStatus;

/// What is to be delivered, and how. Only `suspend` and `ttlSecondsAfterFinished` may change after creation.
#[derive(CustomResource, KubeSchema, Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "cel", kube(cel))]
#[kube(
    group = "codedelivery.dev",
    version = "v1alpha1",
    kind = "Delivery",
    plural = "deliveries",
    shortname = "dlv",
    category = "codedelivery",
    namespaced,
    status = "DeliveryStatus",
    derive = "PartialEq",
    doc = "One vehicle's trip along one route. While it is under way, a pod sends the vehicle's positions to Kafka. Delete it to cancel it; set `suspend` to pause it.",
    selectable = ".spec.routeRef.name",
    selectable = ".spec.courier",
    selectable = ".status.phase",
    validation = Rule::new("self.metadata.name.size() <= 54 && !self.metadata.name.contains('.')").message("the name of a Delivery may have at most 54 characters and no dots, so that the names of its pods fit"),
    printcolumn(name = "Route", type_ = "string", json_path = ".spec.routeRef.name", description = "The DeliveryRoute; empty when the Delivery has a path of its own"),
    printcolumn(name = "Courier", type_ = "string", json_path = ".spec.courier", description = "The courier"),
    printcolumn(name = "Phase", type_ = "string", json_path = ".status.phase", description = "Where it is in its lifecycle"),
    printcolumn(name = "Progress", type_ = "string", json_path = ".status.progress", description = "The part of the route's length driven so far"),
    printcolumn(name = "ETA", type_ = "string", json_path = ".status.eta", description = "The time left when the status was last refreshed"),
    printcolumn(name = "Age", type_ = "date", json_path = ".metadata.creationTimestamp"),
    printcolumn(name = "Reason", type_ = "string", json_path = ".status.conditions[?(@.type=='Ready')].reason", description = "Why it is ready or not", priority = 1),
    printcolumn(name = "Position", type_ = "string", json_path = ".status.position", description = "Longitude and latitude", priority = 1),
    printcolumn(name = "Speed", type_ = "string", json_path = ".status.speed", description = "The speed there", priority = 1),
    printcolumn(name = "Pod", type_ = "string", json_path = ".status.podName", description = "The pod that runs it", priority = 1)
)]
#[x_kube(
    validation = Rule::new("has(self.routeRef) != has(self.path)").message("exactly one of routeRef and path must be set"),
    validation = Rule::new("has(self.routeRef) == has(oldSelf.routeRef) && (!has(self.routeRef) || self.routeRef.name == oldSelf.routeRef.name)").message("routeRef cannot change after creation; create another Delivery"),
    validation = Rule::new("has(self.path) == has(oldSelf.path) && (!has(self.path) || self.path == oldSelf.path)").message("path cannot change after creation; create another Delivery"),
    validation = Rule::new("has(self.courier) == has(oldSelf.courier) && (!has(self.courier) || self.courier == oldSelf.courier)").message("courier cannot change after creation; create another Delivery"),
    validation = Rule::new("has(self.vehicle) == has(oldSelf.vehicle) && (!has(self.vehicle) || self.vehicle == oldSelf.vehicle)").message("vehicle cannot change after creation; create another Delivery"),
    validation = Rule::new("self.intervalMilliseconds == oldSelf.intervalMilliseconds").message("intervalMilliseconds cannot change after creation; create another Delivery"),
    validation = Rule::new("has(self.speedKmh) == has(oldSelf.speedKmh) && (!has(self.speedKmh) || self.speedKmh == oldSelf.speedKmh)").message("speedKmh cannot change after creation; create another Delivery"),
    validation = Rule::new("self.seed == oldSelf.seed").message("seed cannot change after creation; create another Delivery"),
    validation = Rule::new("self.noiseMeters == oldSelf.noiseMeters").message("noiseMeters cannot change after creation; create another Delivery")
)]
#[serde(rename_all = "camelCase")]
pub struct DeliverySpec {
    /// The DeliveryRoute to drive, in the same namespace. Either this or `path`. If it does not exist yet, the delivery waits for it to be created.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub route_ref: Option<RouteRef>,
    /// A route of its own, as in a DeliveryRoute: from 2 to 10,000 points `[longitude, latitude]`. Either this or `routeRef`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "optional_line_schema")]
    pub path: Option<Vec<LngLat>>,
    /// The courier's name, such as `moto-7`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 100))]
    pub courier: Option<String>,
    /// The kind of vehicle, such as `motorcycle`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 100))]
    pub vehicle: Option<String>,
    /// Milliseconds from one position to the next, from 50 to 60,000.
    #[serde(default = "default_interval")]
    #[schemars(range(min = 50, max = 60_000), extend("format" = "int32"))]
    pub interval_milliseconds: u32,
    /// A constant speed in km/h, from 1 to 1,000. Absent: the vehicle is at the route's next point after each interval, however
    /// far that is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 1_000), extend("format" = "int32"))]
    pub speed_kmh: Option<u32>,
    /// The seed of the noise: the same seed makes the same noise.
    #[serde(default)]
    #[schemars(range(min = 0, max = 4_294_967_295_u32), extend("format" = "int64"))]
    pub seed: u32,
    /// The standard deviation of the noise of a reported position in metres, as of a GPS receiver between buildings; from 0 to 1,000.
    #[serde(default)]
    #[schemars(range(min = 0, max = 1_000), extend("format" = "int32"))]
    pub noise_meters: u32,
    /// Whether the delivery is paused: its pod is deleted and the vehicle stays where it is. Set it back to false to continue from there.
    #[serde(default)]
    pub suspend: bool,
    /// Delete the Delivery this many seconds after it finished or failed. Absent: it is kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = 31_536_000), extend("format" = "int32"))]
    pub ttl_seconds_after_finished: Option<u32>,
}

/// The DeliveryRoute of a Delivery.
#[derive(KubeSchema, Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RouteRef {
    /// The name of a DeliveryRoute in the same namespace.
    #[schemars(length(min = 1, max = 41), regex(pattern = r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?$"))]
    pub name: String,
}

const fn default_interval() -> u32 {
    500
}

impl Default for DeliverySpec {
    fn default() -> Self {
        Self {
            route_ref: None,
            path: None,
            courier: None,
            vehicle: None,
            interval_milliseconds: default_interval(),
            speed_kmh: None,
            seed: 0,
            noise_meters: 0,
            suspend: false,
            ttl_seconds_after_finished: None,
        }
    }
}
