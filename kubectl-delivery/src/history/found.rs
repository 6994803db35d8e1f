//! What the gateway tells of past deliveries. Pure.
//!
//! Its answer is printed as it came with `-o json`; here is what the tables need of it.

use delivery_messages::Millis;
use serde::Deserialize;
use serde_json::Value;

/// A delivery that was ordered.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Past {
    /// The delivery.
    pub delivery_id: String,
    /// The object's name.
    pub name: String,
    /// The object's namespace.
    pub namespace: String,
    /// What people call its route.
    pub title: String,
    /// The courier's name.
    pub courier: String,
    /// The kind of vehicle.
    pub vehicle: String,
    /// How it stands.
    pub phase: Option<String>,
    /// When it started.
    pub start: Option<Millis>,
    /// How long it took.
    pub duration_seconds: Option<f64>,
    /// By what it was late.
    pub late_seconds: Option<f64>,
}

/// A delivery that passed a place.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Passage {
    /// Who and what.
    #[serde(flatten)]
    pub about: Past,
    /// When it was first inside.
    pub first_at: Millis,
    /// When it was last inside.
    pub last_at: Millis,
    /// How many positions are inside.
    pub positions: u64,
    /// How near the nearest is.
    pub nearest_meters: f64,
}

/// A page of answers.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct Page<T> {
    /// What was found.
    pub deliveries: Vec<T>,
    /// Whether there is more, one or the other way.
    truncated: bool,
    next: Option<Value>,
}

impl<T> Page<T> {
    /// Whether there is more than was asked for.
    #[must_use]
    pub fn has_more(&self) -> bool {
        self.truncated || self.next.is_some()
    }
}
