//! What a comparison with an index says of a log that holds more than a simulator's records.

use delivery_messages::NewPosition;
use delivery_verify::audit::Audit;
use delivery_verify::comparison::{Comparison, LogSide};
use delivery_verify::facts::Scope;
use delivery_verify::judge::PositionRecord;
use delivery_verify::report::{SinkReport, SinkVerdict, Verdict};

use super::scenario::{ID, Scenario, scenario};

/// The log's side, and the verdict, once these foreign records follow the right ones.
fn log(scenario: &Scenario, after: &[(&str, &NewPosition)]) -> (LogSide, Verdict) {
    let mut audit = Audit::new(scenario.facts().select(&Scope::default()), scenario.ranges()).with_fingerprints();
    let records = scenario.positions.iter().map(|position| (ID, position)).chain(after.iter().copied());
    for (offset, (key, position)) in (0..).zip(records) {
        let value = delivery_messages::encode(position).unwrap();
        let (key, appended) = (key.as_bytes(), Some(position.at));
        audit.record(&PositionRecord { partition: 2, offset, appended, key, value: &value });
    }
    let (reports, mut logs, _) = audit.finish_with_fingerprints();
    (logs.remove(ID).unwrap(), reports[0].verdict)
}

/// The comparison with an index whose last write won, as that of a sink without care.
fn last_write_wins(scenario: &Scenario, log: LogSide, written: &NewPosition) -> SinkReport {
    let mut index = scenario.positions.clone();
    index.retain(|position| position.seq != written.seq);
    index.push(written.clone());
    index.sort_by_key(|position| position.seq);
    compare(log, &index)
}

fn compare(log: LogSide, index: &[NewPosition]) -> SinkReport {
    let mut comparison = Comparison::new(log, None);
    for position in index {
        comparison.take(position);
    }
    comparison.end();
    comparison.report()
}

fn moved(position: &NewPosition) -> NewPosition {
    let [lng, lat] = position.position;
    NewPosition { position: [lng, lat + 0.000_05], ..position.clone() }
}

#[test]
fn a_moved_repeat_in_the_index_is_different_and_the_first_record_is_the_same() {
    let scenario = scenario();
    let repeat = moved(&scenario.positions[17]);
    let (side, verdict) = log(&scenario, &[(ID, &repeat)]);
    assert_eq!(verdict, Verdict::Broken);
    assert_eq!(compare(side.clone(), &scenario.positions).verdict, SinkVerdict::Same);
    let report = last_write_wins(&scenario, side, &repeat);
    assert_eq!((report.verdict, report.different), (SinkVerdict::Broken, 1));
    let offset = scenario.positions.len();
    assert_eq!(
        report.differences[0].to_string(),
        format!(
            "1 position in the index is what a later record of its seq says, while every reader keeps the first: seq 17 \
             (partition 2, offset {offset})."
        )
    );
}

#[test]
fn a_position_beyond_the_end_is_extra_although_the_log_has_it() {
    let scenario = scenario();
    let seq = scenario.positions.len() as u64;
    let beyond = NewPosition { seq, ..scenario.positions[scenario.last()].clone() };
    let (side, _) = log(&scenario, &[(ID, &beyond)]);
    let report = last_write_wins(&scenario, side, &beyond);
    assert_eq!((report.verdict, report.extra, report.indexed), (SinkVerdict::Broken, 1, seq + 1));
    let sentence = report.differences[0].to_string();
    assert!(sentence.starts_with("1 position in the index is beyond the end of the route: seq "), "{sentence}");
}

#[test]
fn a_record_with_another_key_is_not_what_the_index_must_have() {
    let scenario = scenario();
    let foreign = moved(&scenario.positions[3]);
    let (side, _) = log(&scenario, &[("9c1b", &foreign)]);
    assert_eq!(compare(side.clone(), &scenario.positions).verdict, SinkVerdict::Same);
    let report = last_write_wins(&scenario, side, &foreign);
    assert_eq!((report.verdict, report.different), (SinkVerdict::Broken, 1));
    assert!(report.differences[0].to_string().contains("(key \"9c1b\", partition 2, offset "));
}

#[test]
fn what_the_log_no_longer_has_is_compared_with_the_plan() {
    let scenario = scenario();
    let mut cut = scenario.clone();
    cut.positions.drain(..10);
    cut.complete_since = delivery_verify::audit::CompleteSince::FirstRecord;
    let (side, verdict) = log(&cut, &[]);
    assert_eq!(verdict, Verdict::Truncated);
    assert_eq!(compare(side.clone(), &scenario.positions).verdict, SinkVerdict::Same);
    let report = last_write_wins(&scenario, side, &moved(&scenario.positions[4]));
    assert_eq!((report.verdict, report.different), (SinkVerdict::Broken, 1));
    assert_eq!(
        report.differences[0].to_string(),
        "1 position in the index differs from what plan and route yield, and no record that was read has it: seq 4."
    );
}
