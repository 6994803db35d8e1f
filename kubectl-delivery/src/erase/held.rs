//! What Kafka still holds of what is erased, and until when at the latest. Pure.

use crate::output::counted;
use delivery_messages::{Millis, Topic};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A topic's settings, as Kafka tells them.
pub type Settings = BTreeMap<String, String>;

const MINUTE: Millis = 60_000;
/// How long Kafka takes at most to notice that a segment is too old, and to remove its file.
const SLACK: Millis = 10 * MINUTE;
/// When the operator writes the second tombstone, which closes the segment that the first lies in.
const SECOND_TOMBSTONE: Millis = 12 * MINUTE;

/// Until when records are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Until {
    /// No longer than to this time, milliseconds since the Unix epoch.
    At(Millis),
    /// The topic's settings give no end.
    NoEnd,
}

/// What one topic still holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Held {
    /// The topic's full name.
    pub topic: String,
    /// How many records.
    pub records: u64,
    /// What they tell of the person.
    pub what: String,
    /// Until when.
    pub until: Until,
}

/// What records of a topic tell of a person.
#[must_use]
pub const fn tells(topic: Topic) -> &'static str {
    match topic {
        Topic::Plan => "courier and client",
        Topic::NewDirection => "courier and client, as they were sent",
        Topic::NewPosition => "where the vehicle was, and the client",
        Topic::DeadLetters => "what was sent and could not be served",
        Topic::State => "where the vehicle was",
        Topic::Command | Topic::Catalogue | Topic::Erased => "the delivery's id",
    }
}

/// Until when at the latest a topic keeps a record of that time, given that its tombstone, if it gets one, was written by `now`.
///
/// A segment is removed when its last record is older than `retention.ms`, and it takes records in for `segment.ms`. A compacted
/// topic is cleaned when a segment is closed and its first record is older than `max.compaction.lag.ms`.
#[must_use]
pub fn until(settings: &Settings, newest: Millis, now: Millis) -> Until {
    let number = |name: &str| settings.get(name).and_then(|value| value.parse::<i64>().ok());
    let segment = number("segment.ms").unwrap_or(7 * 24 * 60 * MINUTE);
    let policy = settings.get("cleanup.policy").map_or("delete", String::as_str);
    let by_age = policy.contains("delete").then(|| number("retention.ms")).flatten().filter(|time| *time >= 0);
    let by_age = by_age.map(|time| newest.saturating_add(segment).saturating_add(time).saturating_add(SLACK));
    let lag = policy.contains("compact").then(|| number("max.compaction.lag.ms")).flatten();
    // Kafka's default is for ever.
    let lag = lag.filter(|lag| *lag < i64::MAX / 2);
    let by_compaction =
        lag.map(|lag| now.saturating_add(segment.max(SECOND_TOMBSTONE)).saturating_add(lag).saturating_add(SLACK));
    [by_age, by_compaction].into_iter().flatten().min().map_or(Until::NoEnd, Until::At)
}

impl Held {
    /// In a sentence.
    #[must_use]
    pub fn sentence(&self) -> String {
        let records = counted(self.records, "record", "records");
        let until = match self.until {
            Until::At(time) => format!("until {} at the latest", minute(time)),
            Until::NoEnd => {
                "without an end: its settings name none, so set retention.ms or max.compaction.lag.ms".to_owned()
            }
        };
        format!("{}: {records} ({}), {until}.", self.topic, self.what)
    }
}

/// A time to the minute, UTC, rounded up.
fn minute(time: Millis) -> String {
    let whole = time.div_euclid(MINUTE).saturating_add(1).saturating_mul(MINUTE);
    Timestamp::from_millisecond(whole).map_or_else(
        |_| "a time beyond the calendar".to_owned(),
        |time| {
            let text = time.to_string();
            text.replace(":00Z", "Z")
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: Millis = 60 * MINUTE;

    fn settings(pairs: &[(&str, &str)]) -> Settings {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn events_are_kept_until_the_segment_is_full_and_then_too_old() {
        let week = settings(&[("cleanup.policy", "delete"), ("retention.ms", "604800000"), ("segment.ms", "3600000")]);
        assert_eq!(until(&week, 0, 9 * HOUR), Until::At(169 * HOUR + SLACK));
        let ever = settings(&[("cleanup.policy", "delete"), ("retention.ms", "-1"), ("segment.ms", "3600000")]);
        assert_eq!(until(&ever, 0, 0), Until::NoEnd);
    }

    #[test]
    fn newest_facts_are_kept_until_their_tombstones_have_closed_the_segment_and_it_is_cleaned() {
        let ours =
            settings(&[("cleanup.policy", "compact"), ("segment.ms", "600000"), ("max.compaction.lag.ms", "600000")]);
        assert_eq!(until(&ours, 0, HOUR), Until::At(HOUR + (12 + 10 + 10) * MINUTE));
        let default = settings(&[
            ("cleanup.policy", "compact"),
            ("segment.ms", "600000"),
            ("max.compaction.lag.ms", "9223372036854775807"),
        ]);
        assert_eq!(until(&default, 0, HOUR), Until::NoEnd);
    }

    #[test]
    fn it_is_told_in_a_sentence() {
        let held = Held {
            topic: "route.new-position".into(),
            records: 219,
            what: tells(Topic::NewPosition).into(),
            until: Until::At(1_795_340_100_000),
        };
        assert_eq!(
            held.sentence(),
            "route.new-position: 219 records (where the vehicle was, and the client), until 2026-11-22T09:36Z at the latest."
        );
        assert!(Held { until: Until::NoEnd, ..held }.sentence().contains("set retention.ms"));
    }
}
