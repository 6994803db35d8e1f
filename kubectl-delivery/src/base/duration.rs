//! Durations as kubectl prints and reads them.

use delivery_messages::Millis;
use jiff::{SignedDuration, Timestamp};

/// Milliseconds as `48 ms`, `1.2 s` or `10m3s`.
pub(crate) fn milliseconds(count: i64) -> String {
    match count {
        ..1_000 => format!("{count} ms"),
        1_000..60_000 => format!("{}.{} s", count / 1_000, count % 1_000 / 100),
        _ => age(SignedDuration::from_millis(count)),
    }
}

/// A duration as kubectl prints ages: `41s`, `3m20s`, `5h`, `2d3h`.
pub(crate) fn age(duration: SignedDuration) -> String {
    delivery_api::age::age(duration.as_secs())
}

/// A text that is not a positive duration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a duration; write hours, minutes and seconds, such as 90s, 30m or 1h30m")]
pub(crate) struct InvalidDuration;

/// Parses a positive duration: `90s`, `30m`, `1h30m`.
pub(crate) fn parse(text: &str) -> Result<SignedDuration, InvalidDuration> {
    text.parse::<SignedDuration>().ok().filter(SignedDuration::is_positive).ok_or(InvalidDuration)
}

/// Parses a limit: a positive duration, or 0 for none.
pub(crate) fn parse_limit(text: &str) -> Result<SignedDuration, InvalidDuration> {
    if matches!(text, "0" | "0s") { Ok(SignedDuration::ZERO) } else { parse(text) }
}

/// The time this long ago, in milliseconds since the Unix epoch.
pub(crate) fn ago(duration: SignedDuration) -> Millis {
    Timestamp::now().as_millisecond().saturating_sub(i64::try_from(duration.as_millis()).unwrap_or(i64::MAX))
}

/// The time from then to now, as an age.
pub(crate) fn since(then: Timestamp, now: Timestamp) -> String {
    age(now.duration_since(then))
}

#[cfg(test)]
#[path = "tests/duration.rs"]
mod tests;
