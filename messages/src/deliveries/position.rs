//! `route.new-position`: where a vehicle was, one record per position, keyed by the delivery's id.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{LngLat, Millis};

/// One position of one delivery.
///
/// The first four fields are the vehicle tracker's, in its order, forever. A repeat of a `seq` is byte-identical, so readers
/// drop each `seq` that they have seen.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct NewPosition {
    /// The `id` of the route.
    pub route_id: String,
    /// The client that requested the delivery; empty for one that was applied to Kubernetes.
    pub client_id: String,
    /// `[lng, lat]` in degrees, rounded to 1e-7°.
    pub position: LngLat,
    /// True on the last `seq` and on no other.
    pub finished: bool,
    /// The delivery.
    pub delivery_id: String,
    /// Counts the positions of the delivery from 0 without a gap.
    pub seq: u64,
    /// When the vehicle was due there.
    pub at: Millis,
    /// Metres per second, rounded to 0.01.
    pub speed: f64,
    /// Degrees clockwise from north, 0 ≤ heading < 360, rounded to 0.1.
    pub heading: f64,
    /// The part of the route's length driven so far, 0 to 1, rounded to 0.0001.
    pub progress: f64,
}
