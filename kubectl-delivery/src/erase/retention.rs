//! Which records of erased deliveries Kafka still holds, and until when at the latest. Pure.

use std::collections::BTreeMap;

use delivery_messages::{Millis, Topic};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::base::output::counted;

/// A topic's settings by name.
pub(crate) type TopicSettings = BTreeMap<String, String>;

const MINUTE: Millis = 60_000;
/// The longest time until Kafka notices that a segment is too old, and removes its file.
const SLACK: Millis = 10 * MINUTE;
/// When the operator writes the second tombstone, which closes the segment that contains the first.
const SECOND_TOMBSTONE: Millis = 12 * MINUTE;

/// Until when records are retained.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Until {
    /// At the latest until this time, in milliseconds since the Unix epoch.
    At(Millis),
    /// The topic's settings set no limit.
    NoEnd,
}

/// The records that one topic still holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RetainedRecords {
    /// The full name.
    pub(crate) topic: String,
    pub(crate) records: u64,
    /// The personal data in them.
    pub(crate) what: String,
    pub(crate) until: Until,
}

/// The personal data in a topic's records.
pub(crate) const fn content(topic: Topic) -> &'static str {
    match topic {
        Topic::Plan => "courier and client",
        Topic::NewDirection => "courier and client, as they were sent",
        Topic::NewPosition => "positions of the vehicle, and client",
        Topic::DeadLetters => "requests and purchases that could not be served",
        Topic::State => "position of the vehicle",
        Topic::Command | Topic::Catalogue | Topic::Erased => "the delivery's id",
        Topic::CustomerErased => "a hash of the e-mail address",
        Topic::Purchase => "name, e-mail address and what was bought",
        Topic::InvoiceIssued => "the customer's id and the total",
        Topic::SendNotification | Topic::NotificationChanged => "what the recipient was told",
    }
}

/// Until when at the latest a topic retains a record of the time `newest`, if its tombstone, where it gets one, was written by
/// `now`; both in milliseconds since the Unix epoch.
///
/// A segment accepts records for `segment.ms`, and is removed when its last record is older than `retention.ms`. A compacted
/// topic is cleaned when a segment is closed and its first record is older than `max.compaction.lag.ms`.
pub(crate) fn retained_until(settings: &TopicSettings, newest: Millis, now: Millis) -> Until {
    let number = |name: &str| settings.get(name).and_then(|value| value.parse::<i64>().ok());
    let segment = number("segment.ms").unwrap_or(7 * 24 * 60 * MINUTE);
    let policy = settings.get("cleanup.policy").map_or("delete", String::as_str);
    let by_age = policy.contains("delete").then(|| number("retention.ms")).flatten().filter(|time| *time >= 0);
    let by_age = by_age.map(|time| newest.saturating_add(segment).saturating_add(time).saturating_add(SLACK));
    let lag = policy.contains("compact").then(|| number("max.compaction.lag.ms")).flatten();
    // Kafka's default is forever.
    let lag = lag.filter(|lag| *lag < i64::MAX / 2);
    let by_compaction =
        lag.map(|lag| now.saturating_add(segment.max(SECOND_TOMBSTONE)).saturating_add(lag).saturating_add(SLACK));
    [by_age, by_compaction].into_iter().flatten().min().map_or(Until::NoEnd, Until::At)
}

impl RetainedRecords {
    pub(crate) fn sentence(&self) -> String {
        let records = counted(self.records, "record", "records");
        let until = match self.until {
            Until::At(time) => format!("until {} at the latest", minute(time)),
            Until::NoEnd => "without a limit; set retention.ms or max.compaction.lag.ms on the topic".to_owned(),
        };
        format!("{}: {records} ({}), {until}.", self.topic, self.what)
    }
}

/// A time in UTC, rounded up to the minute.
fn minute(time: Millis) -> String {
    let whole = time.div_euclid(MINUTE).saturating_add(1).saturating_mul(MINUTE);
    Timestamp::from_millisecond(whole).map_or_else(
        |_| "a time beyond the year 9999".to_owned(),
        |time| {
            let text = time.to_string();
            text.replace(":00Z", "Z")
        },
    )
}

#[cfg(test)]
#[path = "tests/retention.rs"]
mod tests;
