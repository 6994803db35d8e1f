//! The time of day. Durations are measured with `std::time::Instant`.

use delivery_messages::Millis;

/// Milliseconds since the Unix epoch.
pub(crate) fn now() -> Millis {
    jiff::Timestamp::now().as_millisecond()
}
