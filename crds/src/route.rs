//! DeliveryRoute: a route that has a name, for many deliveries.

use kube::{CustomResource, KubeSchema};
use serde::{Deserialize, Serialize};

use crate::line::{LngLat, line_schema};
use crate::status::DeliveryRouteStatus;

/// A line of points on the map that deliveries can be started on.
#[derive(CustomResource, KubeSchema, Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "cel", kube(cel))]
#[kube(
    group = "codedelivery.dev",
    version = "v1alpha1",
    kind = "DeliveryRoute",
    plural = "deliveryroutes",
    shortname = "dlvr",
    category = "codedelivery",
    namespaced,
    status = "DeliveryRouteStatus",
    derive = "PartialEq",
    doc = "A route that deliveries can be started on: a line of points with a title. A delivery under way keeps the revision of the route that it started with.",
    validation = Rule::new("self.metadata.name.size() <= 41 && !self.metadata.name.contains('.')").message("the name of a DeliveryRoute may have at most 41 characters and no dots, so that the names of deliveries that are requested on it fit"),
    printcolumn(name = "Title", type_ = "string", json_path = ".spec.title", description = "The title that people see"),
    printcolumn(name = "ID", type_ = "string", json_path = ".status.id", description = "The routeId in messages"),
    printcolumn(name = "Points", type_ = "integer", json_path = ".status.points", description = "The number of points"),
    printcolumn(name = "Length", type_ = "string", json_path = ".status.length", description = "The length of the line"),
    printcolumn(name = "Ready", type_ = "string", json_path = ".status.conditions[?(@.type=='Ready')].status", description = "Whether deliveries can be started on it"),
    printcolumn(name = "Reason", type_ = "string", json_path = ".status.conditions[?(@.type=='Ready')].reason", description = "Why it is ready or not", priority = 1),
    printcolumn(name = "Revision", type_ = "string", json_path = ".status.revision", description = "A hash of its id and points", priority = 1),
    printcolumn(name = "Age", type_ = "date", json_path = ".metadata.creationTimestamp")
)]
#[serde(rename_all = "camelCase")]
pub struct DeliveryRouteSpec {
    /// The title that people see. Absent: the object's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 100))]
    pub title: Option<String>,
    /// The `routeId` in messages; unique in its namespace. Absent: the object's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 63), regex(pattern = r"^[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?$"))]
    pub id: Option<String>,
    /// The points in the order in which they are driven, as the coordinates of a GeoJSON LineString: `[longitude, latitude]`
    /// in degrees. From 2 to 10,000 points; more than seven decimals (a centimetre) are rounded. `kubectl apply` of more
    /// than about 5,000 points needs `--server-side`.
    #[schemars(schema_with = "line_schema")]
    pub path: Vec<LngLat>,
}

impl DeliveryRoute {
    /// The `routeId` in messages: the spec's `id`, else the object's name.
    #[must_use]
    pub fn route_id(&self) -> &str {
        self.spec.id.as_deref().or(self.metadata.name.as_deref()).unwrap_or_default()
    }

    /// The title that people see: the spec's `title`, else the object's name.
    #[must_use]
    pub fn title(&self) -> &str {
        self.spec.title.as_deref().or(self.metadata.name.as_deref()).unwrap_or_default()
    }
}
