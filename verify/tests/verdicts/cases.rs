//! Single cases: phases, what is gone, what retention has removed, foreign records, and the exit code.

use std::collections::BTreeMap;

use delivery_messages::{Millis, Motion, NewPosition, PlanPhase, StatePhase};
use delivery_verify::audit::{Audit, CompleteSince};
use delivery_verify::facts::Scope;
use delivery_verify::judge::PositionRecord;
use delivery_verify::report::{DeliveryReport, Summary, Verdict};

use crate::scenario::{ID, INTERVAL, START, Scenario, due, is, scenario};

#[test]
fn a_delivery_that_is_not_at_its_end_has_the_verdict_of_its_phase() {
    for (phase, verdict) in [
        (PlanPhase::Accepted, Verdict::Running),
        (PlanPhase::Suspended, Verdict::Suspended),
        (PlanPhase::Cancelled, Verdict::Cancelled),
    ] {
        let mut scenario = scenario().stopped(phase);
        scenario.state = Some(scenario.state_after(4));
        let report = scenario.judge(&scenario.positions[..7]);
        assert!(is(&report, verdict, 0, 0, 0, 0), "{report:?}");
        scenario.state = None;
        assert!(is(&scenario.judge(&[]), verdict, 0, 0, 0, 0), "none of its positions are in the log yet");
    }
    let mut scenario = scenario();
    scenario.state = Some(scenario.state_after(4));
    scenario.state.as_mut().unwrap().phase = StatePhase::Failed;
    scenario.state.as_mut().unwrap().reason = Some("The model is unknown".into());
    let report = scenario.judge(&scenario.positions[..5]);
    assert_eq!((report.verdict, report.reason.as_deref()), (Verdict::Failed, Some("The model is unknown")));
}

#[test]
fn without_plan_or_route_nothing_can_be_verified_but_a_gap_is_still_detected() {
    let gone = Scenario { plan: None, ..scenario() };
    let report = gone.judge(&gone.positions);
    assert_eq!((report.verdict, report.name.as_str(), report.delivery_id.as_str()), (Verdict::Unverifiable, "", ID));
    assert_eq!(report.reason.unwrap(), "Its plan is not in the log.");
    let mut positions = gone.positions.clone();
    positions.remove(3);
    assert!(is(&gone.judge(&positions), Verdict::Broken, 1, 0, 0, 0));
    let gone = Scenario { route: None, ..scenario() };
    let report = gone.judge(&gone.positions);
    assert_eq!((report.verdict, report.name.as_str()), (Verdict::Unverifiable, "primeiro"));
    let mut forged = scenario();
    forged.route.as_mut().unwrap().path[3][0] += 1e-6;
    let report = forged.judge(&forged.positions);
    assert!(report.reason.unwrap().contains("does not match its revision"));
    let mut later = scenario();
    later.plan.as_mut().unwrap().model = 2;
    assert!(later.judge(&later.positions).reason.unwrap().contains("version 2 of the motion model"));
}

#[test]
fn a_front_that_is_younger_than_what_retention_removed_is_a_gap() {
    let mut scenario = Scenario::new(2_000, Motion::PointPerTick);
    // Everything since long before the start is there: other deliveries' older records are.
    scenario.complete_since = CompleteSince::Time(START - 3_600_000);
    assert!(is(&scenario.judge(&scenario.positions[900..]), Verdict::Broken, 900, 0, 0, 0));
    // Retention cut in the middle, at seq 600; up to a minute of difference between clocks is allowed for.
    scenario.complete_since = CompleteSince::Time(due(600));
    assert!(is(&scenario.judge(&scenario.positions[700..]), Verdict::Truncated, 0, 0, 0, 0));
    assert!(is(&scenario.judge(&scenario.positions[900..]), Verdict::Broken, 900 - 600 - 121, 0, 0, 0));
    // Nothing is left, and nothing need be; or the last must be there.
    scenario.complete_since = CompleteSince::FirstRecord;
    let report = scenario.judge(&[]);
    assert!(is(&report, Verdict::Truncated, 0, 0, 0, 0), "{report:?}");
    scenario.complete_since = CompleteSince::Time(due(1_999) - 61_000);
    let report = scenario.judge(&[]);
    assert!(report.verdict == Verdict::Broken && report.gaps > 0, "{report:?}");
}

#[test]
fn the_oldest_record_of_any_delivery_shows_what_retention_has_left() {
    let mut scenario = scenario();
    scenario.complete_since = CompleteSince::FirstRecord;
    let mut audit = Audit::new(scenario.facts().select(&Scope::default()), scenario.ranges());
    let older = Some(START - 3_600_000);
    audit.record(&PositionRecord { partition: 2, offset: 7, appended: older, key: b"unknown", value: b"no json" });
    for position in &scenario.positions[3..] {
        let value = delivery_messages::encode(position).unwrap();
        let appended = Some(position.at);
        audit.record(&PositionRecord { partition: 2, offset: 8, appended, key: ID.as_bytes(), value: &value });
    }
    let (reports, _) = audit.finish();
    assert!(is(&reports[0], Verdict::Broken, 3, 0, 0, 0), "{reports:?}");
}

#[test]
fn a_resumption_that_left_no_trace_in_the_log_is_no_fault() {
    let mut scenario = Scenario::new(40, Motion::PointPerTick);
    let resumed = due(10) + 7_777;
    scenario.plan.as_mut().unwrap().resumed_at = Some(resumed);
    for (after, position) in (0..).zip(&mut scenario.positions[10..]) {
        position.at = resumed + after * Millis::from(INTERVAL);
    }
    scenario.state = Some(scenario.state_after(39));
    // It lies in a gap.
    let mut positions = scenario.positions.clone();
    positions.drain(8..13);
    assert!(is(&scenario.judge(&positions), Verdict::Broken, 5, 0, 0, 0));
    // It lies in what retention has removed.
    scenario.complete_since = CompleteSince::FirstRecord;
    assert!(is(&scenario.judge(&scenario.positions[20..]), Verdict::Truncated, 0, 0, 0, 0));
    // Of a delivery that began after that, all must be there, resumed or not.
    scenario.complete_since = CompleteSince::Time(START - 61_000);
    assert!(is(&scenario.judge(&scenario.positions[20..]), Verdict::Broken, 20, 0, 0, 0));
    scenario.complete_since = CompleteSince::FirstRecord;
    // No resumption explains a jump beyond it, nor one that comes too early.
    for (by, wrong) in [(Millis::from(INTERVAL) * 10 + 1, 20), (-7_778, 20)] {
        let shifted = scenario.positions[20..].iter().map(|one| NewPosition { at: one.at + by, ..one.clone() });
        assert_eq!(scenario.judge(&shifted.collect::<Vec<_>>()).wrong, wrong, "{by}");
    }
}

#[test]
fn an_outage_shows_in_the_delays_and_is_no_fault() {
    let scenario = scenario();
    let late = |offset| if (5..9).contains(&offset) { 600_000 - 500 * Millis::try_from(offset).unwrap() } else { 30 };
    let (reports, summary) = scenario.judge_late(&scenario.positions, late);
    assert_eq!((reports[0].late_max_milliseconds, reports[0].caught_up), (Some(597_500), 4));
    assert_eq!(reports[0].verdict, Verdict::Complete);
    assert_eq!(summary.verdicts, BTreeMap::from([(Verdict::Complete, 1)]));
}

/// Judges raw records beside a complete delivery.
fn beside(key: &str, value: &str, partition: i32) -> (DeliveryReport, Summary) {
    let scenario = scenario();
    let mut audit = Audit::new(scenario.facts().select(&Scope::default()), scenario.ranges());
    for position in &scenario.positions {
        let value = delivery_messages::encode(position).unwrap();
        let appended = Some(position.at);
        audit.record(&PositionRecord { partition: 2, offset: 1, appended, key: ID.as_bytes(), value: &value });
    }
    audit.record(&PositionRecord {
        partition,
        offset: 99,
        appended: None,
        key: key.as_bytes(),
        value: value.as_bytes(),
    });
    let (mut reports, summary) = audit.finish();
    (reports.remove(0), summary)
}

#[test]
fn foreign_records_break_only_the_delivery_that_they_name() {
    let (report, summary) = beside("unknown", "no json", 2);
    assert_eq!((report.verdict, summary.unreadable), (Verdict::Complete, 1));
    let (report, _) = beside(ID, "no json", 2);
    assert!(is(&report, Verdict::Broken, 0, 0, 0, 1), "{report:?}");
    assert_eq!(report.faults[0].found, "no json");
    let first = String::from_utf8(delivery_messages::encode(&scenario().positions[0]).unwrap()).unwrap();
    assert!(is(&beside(ID, &first, 2).0, Verdict::Complete, 0, 1, 0, 0));
    assert!(is(&beside(ID, &first, 5).0, Verdict::Broken, 0, 1, 0, 1), "a delivery has one partition");
    assert!(is(&beside("another", &first, 2).0, Verdict::Broken, 0, 0, 0, 1), "its key is its id");
    let padded = first.replace(':', ": ");
    assert!(is(&beside(ID, &padded, 2).0, Verdict::Broken, 0, 1, 0, 1), "a repeat is byte-identical");
    let beyond = first.replace("\"seq\":0", "\"seq\":4000000000");
    assert!(is(&beside(ID, &beyond, 2).0, Verdict::Broken, 0, 0, 0, 1), "not a gap of four billion");
}

#[test]
fn positions_of_a_release_with_more_fields_are_right_and_so_are_their_repeats() {
    let scenario = scenario();
    let mut audit = Audit::new(scenario.facts().select(&Scope::default()), scenario.ranges());
    for position in scenario.positions.iter().chain(&scenario.positions[5..8]) {
        let text = String::from_utf8(delivery_messages::encode(position).unwrap()).unwrap();
        let value = text.replace("\"seq\"", "\"altitude\":1170.5,\"seq\"");
        let key = ID.as_bytes();
        audit.record(&PositionRecord { partition: 2, offset: 0, appended: None, key, value: value.as_bytes() });
    }
    let (reports, _) = audit.finish();
    assert!(is(&reports[0], Verdict::Complete, 0, 3, 0, 0), "{reports:?}");
    assert_eq!(reports[0].late_max_milliseconds, None, "the producer's timestamps do not show delays at the broker");
}

#[test]
fn only_broken_fails_and_strict_wants_everything_complete() {
    let summary = |verdict| {
        let mut summary = Summary::default();
        summary.add(&DeliveryReport { verdict, ..scenario().judge(&[]) });
        summary
    };
    for verdict in [Verdict::Running, Verdict::Cancelled, Verdict::Truncated, Verdict::Unverifiable] {
        assert!(!summary(verdict).fails(false) && summary(verdict).fails(true), "{verdict}");
    }
    assert!(!summary(Verdict::Complete).fails(true));
    assert!(summary(Verdict::Broken).fails(false));
    assert!(Summary::default().fails(true) && !Summary::default().fails(false), "nothing is no proof");
}
