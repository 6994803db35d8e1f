//! Times as statuses hold them. Pure; imports nothing of this crate.

use jiff::Timestamp;

/// The time without its fraction of a second: Kubernetes keeps whole seconds, and a status that differs only by a fraction would be
/// written for nothing.
#[must_use]
pub fn whole_seconds(time: Timestamp) -> Timestamp {
    let floor = jiff::TimestampRound::new().smallest(jiff::Unit::Second).mode(jiff::RoundMode::Floor);
    time.round(floor).unwrap_or(time)
}

#[cfg(test)]
#[path = "tests/time.rs"]
mod tests;
