//! `delivery.state`: how far a delivery is. Its simulator's newest record, keyed by the delivery's id.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{LngLat, Millis};

/// Whether a delivery is still moving.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
pub enum StatePhase {
    /// More positions follow.
    Running,
    /// The last position is in the log.
    Finished,
    /// It cannot go on; see `reason`.
    Failed,
}

/// How far a delivery is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct State {
    /// The delivery.
    pub delivery_id: String,
    /// Grows with every change; see [`State::version_of`].
    pub version: u64,
    /// Whether it is still moving.
    pub phase: StatePhase,
    /// When position 0 was due; fixed in the first record.
    pub start: Millis,
    /// The newest position that is certain to be in the log; -1 before the first.
    pub seq: i64,
    /// When that position was due; the start before the first.
    pub at: Millis,
    /// `[lng, lat]` in degrees of that position; absent before the first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub position: Option<LngLat>,
    /// Metres per second.
    pub speed: f64,
    /// Degrees clockwise from north.
    pub heading: f64,
    /// The part of the route's length driven so far, 0 to 1.
    pub progress: f64,
    /// When the last position is due.
    pub eta: Millis,
    /// How much later that position was due than if the delivery had started when it was created and never been suspended, in
    /// milliseconds, 0 or more. Absent in records of earlier releases.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub late_milliseconds: Option<Millis>,
    /// The partition of `route.new-position` that holds the delivery's positions.
    pub partition: i32,
    /// The offset of that position; before the first, the partition's end when the delivery started.
    pub offset: i64,
    /// Why it failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The pod that drives it. Absent in records of earlier releases, and outside of Kubernetes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pod: Option<String>,
}

impl State {
    /// How late a position is: `seq` (-1: none yet) of a delivery that was created at `created_at`, with that interval between two
    /// positions, due at `at`. Never less than 0, since the clocks may differ.
    #[must_use]
    pub fn late(seq: i64, at: Millis, created_at: Millis, interval_milliseconds: u32) -> Millis {
        let way = seq.max(0).saturating_mul(interval_milliseconds.into());
        at.saturating_sub(created_at).saturating_sub(way).max(0)
    }

    /// The version of a state after `seq` (-1: none yet): 2·(seq + 1), and one more when it is final.
    #[must_use]
    pub const fn version_of(seq: i64, last: bool) -> u64 {
        // A seq in the log may be anything.
        seq.saturating_add(1).unsigned_abs().saturating_mul(2) | last as u64
    }
}

#[cfg(test)]
#[path = "tests/state.rs"]
mod tests;
