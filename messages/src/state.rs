//! `delivery.state`: how far a delivery is, the newest fact that its simulator knows, keyed by the delivery's id.

use crate::{LngLat, Millis};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Whether a delivery still moves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
pub enum StatePhase {
    /// More positions follow.
    Running,
    /// The last position is in the log.
    Finished,
    /// It cannot go on; `reason` tells why.
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
    /// Whether it still moves.
    pub phase: StatePhase,
    /// When position 0 was due; fixed in the first record.
    pub start: Millis,
    /// The newest position that the log holds for certain; -1 before the first.
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
    /// The driven part of the route's length, 0 to 1.
    pub progress: f64,
    /// When the last position is due.
    pub eta: Millis,
    /// By how many milliseconds that position was due later than its order and its way alone would have it: what the delivery waited
    /// for its start and stood still since, 0 or more. Absent in records of earlier releases.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub late_milliseconds: Option<Millis>,
    /// The partition of `route.new-position` that holds the delivery's positions.
    pub partition: i32,
    /// The offset of that position; before the first, the partition's end when the delivery started.
    pub offset: i64,
    /// Why it failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

impl State {
    /// How late a position is: `seq` (-1: none yet) of a delivery that was ordered at `created_at`, with that interval between two
    /// positions, due at `at`. Never less than 0, for two clocks may differ.
    #[must_use]
    pub fn late(seq: i64, at: Millis, created_at: Millis, interval_milliseconds: u32) -> Millis {
        let way = seq.max(0).saturating_mul(interval_milliseconds.into());
        at.saturating_sub(created_at).saturating_sub(way).max(0)
    }

    /// The version of a state after `seq` (-1: none yet): 2·(seq + 1), and one more when it is final.
    #[must_use]
    pub const fn version_of(seq: i64, last: bool) -> u64 {
        2 * (seq + 1).unsigned_abs() + last as u64
    }
}

#[cfg(test)]
mod tests {
    use super::State;

    #[test]
    fn a_delivery_is_late_by_what_it_waited_and_stood_still() {
        assert_eq!(State::late(-1, 5_000, 3_000, 500), 2_000, "it waits for its start");
        assert_eq!(State::late(120, 73_000, 3_000, 500), 10_000);
        assert_eq!(State::late(120, 62_500, 3_000, 500), 0, "clocks may differ");
        assert_eq!(State::late(i64::MAX, i64::MIN, i64::MAX, u32::MAX), 0, "absurd numbers do no harm");
    }
}
