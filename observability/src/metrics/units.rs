//! The base units of metrics, from those that messages and clocks use.

use std::time::Duration;

/// Milliseconds as seconds. What is negative, because clocks differ, is 0.
#[must_use]
pub fn seconds(milliseconds: i64) -> f64 {
    Duration::from_millis(u64::try_from(milliseconds).unwrap_or_default()).as_secs_f64()
}

#[cfg(test)]
#[path = "tests/units.rs"]
mod tests;
