use super::*;

const HOUR: Millis = 60 * MINUTE;

fn settings(pairs: &[(&str, &str)]) -> TopicSettings {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

#[test]
fn events_are_retained_until_the_segment_is_closed_and_too_old() {
    let week = settings(&[("cleanup.policy", "delete"), ("retention.ms", "604800000"), ("segment.ms", "3600000")]);
    assert_eq!(retained_until(&week, 0, 9 * HOUR), Until::At(169 * HOUR + SLACK));
    let ever = settings(&[("cleanup.policy", "delete"), ("retention.ms", "-1"), ("segment.ms", "3600000")]);
    assert_eq!(retained_until(&ever, 0, 0), Until::NoEnd);
}

#[test]
fn newest_values_are_retained_until_a_tombstone_has_closed_the_segment_and_it_is_cleaned() {
    let ours =
        settings(&[("cleanup.policy", "compact"), ("segment.ms", "600000"), ("max.compaction.lag.ms", "600000")]);
    assert_eq!(retained_until(&ours, 0, HOUR), Until::At(HOUR + (12 + 10 + 10) * MINUTE));
    let default = settings(&[
        ("cleanup.policy", "compact"),
        ("segment.ms", "600000"),
        ("max.compaction.lag.ms", "9223372036854775807"),
    ]);
    assert_eq!(retained_until(&default, 0, HOUR), Until::NoEnd);
}

#[test]
fn it_is_described_in_a_sentence() {
    let held = RetainedRecords {
        topic: "route.new-position".into(),
        records: 219,
        what: content(Topic::NewPosition).into(),
        until: Until::At(1_795_340_100_000),
    };
    assert_eq!(
        held.sentence(),
        "route.new-position: 219 records (positions of the vehicle, and client), until 2026-11-22T09:36Z at the latest."
    );
    assert!(RetainedRecords { until: Until::NoEnd, ..held }.sentence().contains("set retention.ms"));
}
