//! The gateway's answer, as far as the tables need it; `-o json` prints all of it. Pure.

use delivery_messages::Millis;
use serde::Deserialize;
use serde_json::Value;

#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct PastDelivery {
    pub(crate) delivery_id: String,
    pub(crate) name: String,
    pub(crate) namespace: String,
    /// The title of the route.
    pub(crate) title: String,
    pub(crate) courier: String,
    pub(crate) vehicle: String,
    pub(crate) phase: Option<String>,
    pub(crate) start: Option<Millis>,
    pub(crate) duration_seconds: Option<f64>,
    pub(crate) late_seconds: Option<f64>,
}

/// A delivery that passed near a point.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Passage {
    #[serde(flatten)]
    pub(crate) delivery: PastDelivery,
    /// When it was first inside the circle.
    pub(crate) first_at: Millis,
    /// When it was last inside the circle.
    pub(crate) last_at: Millis,
    /// Positions inside the circle.
    pub(crate) positions: u64,
    /// The distance of the nearest position.
    pub(crate) nearest_meters: f64,
}

/// A page of results.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub(crate) struct Page<T> {
    pub(crate) deliveries: Vec<T>,
    /// One request reports more results this way,
    truncated: bool,
    /// the other one this way.
    next: Option<Value>,
}

impl<T> Page<T> {
    /// Whether there are more results.
    pub(crate) fn has_more(&self) -> bool {
        self.truncated || self.next.is_some()
    }
}
