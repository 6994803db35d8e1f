//! The time that a question is about.
//!
//! Pure.

use delivery_messages::Millis;

use super::parameters::{Invalid, Parameters};

/// A day, milliseconds.
pub const DAY: Millis = 86_400_000;
/// The longest time that can be asked about.
const MOST_DAYS: Millis = 366;

/// The names of its parameters.
pub const PARAMETERS: &[&str] = &["since", "until"];

/// A time: from `since` on, and before `until`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// Its first moment.
    pub since: Millis,
    /// The moment after it, later than `since`.
    pub until: Millis,
}

impl Span {
    /// Reads `since` and `until`; the day before `until`, which is `now`, when they are left out.
    ///
    /// # Errors
    /// When one is no moment, they are the wrong way round, or too far apart.
    pub fn read(parameters: &Parameters<'_>, now: Millis) -> Result<Self, Invalid> {
        let until = parameters.time("until")?.unwrap_or(now);
        let since = parameters.time("since")?.unwrap_or_else(|| until.saturating_sub(DAY).max(0));
        if since >= until {
            return Err(Invalid(format!(
                "The parameter since ({since}) must be before until ({until}), both milliseconds since the Unix epoch; \
                 such as since=2026-11-21&until=2026-11-22."
            )));
        }
        if until - since > MOST_DAYS * DAY {
            return Err(Invalid(format!(
                "From since to until are {} days; at most {MOST_DAYS} can be asked about, such as \
                 since=2026-11-01&until=2026-12-01.",
                (until - since) / DAY
            )));
        }
        Ok(Self { since, until })
    }
}

#[cfg(test)]
#[path = "tests/span.rs"]
mod tests;
