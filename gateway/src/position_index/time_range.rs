//! The time range of a query.
//!
//! Pure.

use delivery_messages::Millis;

use super::parameters::{InvalidParameter, Parameters};

/// A day, milliseconds.
pub(crate) const DAY: Millis = 86_400_000;
/// The maximum length of a range.
const MAX_DAYS: Millis = 366;

/// The names of its parameters.
pub(crate) const PARAMETERS: &[&str] = &["since", "until"];

/// A time range: `since` inclusive, `until` exclusive; milliseconds since the Unix epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TimeRange {
    pub since: Millis,
    /// Its end, later than `since`.
    pub until: Millis,
}

impl TimeRange {
    /// Reads `since` and `until`. The defaults are `now` for `until` and the day before `until` for `since`.
    ///
    /// # Errors
    /// When one is malformed, or the range is empty or too long.
    pub(crate) fn read(parameters: &Parameters<'_>, now: Millis) -> Result<Self, InvalidParameter> {
        let until = parameters.time("until")?.unwrap_or(now);
        let since = parameters.time("since")?.unwrap_or_else(|| until.saturating_sub(DAY).max(0));
        if since >= until {
            return Err(InvalidParameter::EmptyTimeRange { since, until });
        }
        if until - since > MAX_DAYS * DAY {
            return Err(InvalidParameter::LongTimeRange { days: (until - since) / DAY, max: MAX_DAYS });
        }
        Ok(Self { since, until })
    }
}

#[cfg(test)]
#[path = "tests/time_range.rs"]
mod tests;
