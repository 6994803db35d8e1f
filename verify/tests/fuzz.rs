//! Whatever anyone writes to the log, it is judged: nothing that is wrong, missing or out of order is called complete.

#![allow(clippy::unwrap_used, reason = "a test ends with the first thing that is wrong")]

use std::collections::BTreeMap;

use delivery_fuzz::{Fuzz, Line};
use delivery_messages::{Route, Topic, decode};
use delivery_verify::audit::{Audit, PartitionRange};
use delivery_verify::facts::{Facts, Scope};
use delivery_verify::judge::PositionRecord;
use delivery_verify::report::{Document, Verdict};
use serde::de::DeserializeOwned;

/// Gives a record's value, none in a tombstone, to `take`, if it is a message of its topic.
fn read<T: DeserializeOwned>(topic: Topic, value: Option<&[u8]>, take: impl FnOnce(Option<T>)) {
    if let Ok(message) = value.map(|value| decode(topic, Some(value))).transpose() {
        take(message);
    }
}

/// The facts of an input, as the reader of the compacted topics collects them.
fn facts(input: &[u8]) -> Facts {
    let mut facts = Facts::default();
    for Line { topic, key, value, .. } in Line::all(input) {
        let key = String::from_utf8_lossy(key.unwrap_or_default());
        match Topic::ALL.into_iter().find(|known| known.name() == topic) {
            Some(Topic::Plan) => read(Topic::Plan, value, |plan| facts.plan(&key, plan)),
            Some(Topic::State) => read(Topic::State, value, |state| facts.state(&key, state)),
            Some(Topic::Catalogue) => {
                read(Topic::Catalogue, value, |route: Option<Route>| facts.route(&key, route.as_ref()));
            }
            _ => {}
        }
    }
    facts
}

#[test]
fn fuzzed_logs_are_judged_and_nothing_is_complete_that_has_a_fault() {
    let report = Fuzz::new("log").memory_per_byte(2_048).run(|input| {
        let facts = facts(input);
        let scope = Scope::default();
        assert_eq!(facts.missing(&scope), [""; 0]);
        let begin = facts.read_from(&scope);
        let ranges = BTreeMap::from([(0, PartitionRange::new(0, i64::MAX, begin.map(|time| (time, None))))]);
        let mut audit = Audit::new(facts.select(&scope), ranges).with_fingerprints();
        let positions = Line::all(input).filter(|line| line.topic == Topic::NewPosition.name());
        for (Line { key, time, value, .. }, offset) in positions.zip(0..) {
            let appended = (time != 0).then_some(time);
            let (key, value) = (key.unwrap_or_default(), value.unwrap_or_default());
            audit.record(&PositionRecord { partition: 0, offset, appended, key, value });
        }
        let (reports, logs, mut summary) = audit.finish_with_fingerprints();
        let mut outcome = "no delivery";
        for report in &reports {
            summary.add(report);
            let faultless = report.gaps == 0 && report.wrong == 0 && report.reordered == 0 && report.faults.is_empty();
            assert!(faultless || report.verdict == Verdict::Broken, "{report:?}");
            assert!(faultless || !report.faults.is_empty(), "a fault is shown: {report:?}");
            let seqs = logs.get(&report.delivery_id).map(|log| log.fingerprints.between(0, u64::MAX).count());
            assert!(seqs.is_none_or(|seqs| seqs <= input.len()));
            outcome = report.verdict.name();
        }
        let document = serde_json::to_string(&Document { deliveries: &reports, summary: &summary }).unwrap();
        assert!(document.len() <= 64 * input.len() + 16 * 1_024, "{} bytes", document.len());
        outcome
    });
    report.reached(&["running", "broken", "unverifiable", "cancelled", "no delivery"]);
}
