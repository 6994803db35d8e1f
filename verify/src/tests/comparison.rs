use proptest::prelude::*;

use super::*;

const START: Millis = 1_795_340_000_000;

fn position(seq: u64) -> NewPosition {
    NewPosition {
        route_id: "1".into(),
        client_id: String::new(),
        position: [-47.9, -15.8],
        finished: false,
        delivery_id: "d".into(),
        seq,
        at: START + i64::try_from(seq).unwrap_or_default() * 500,
        speed: 8.5,
        heading: 90.0,
        progress: 0.5,
    }
}

fn log(seqs: impl IntoIterator<Item = u64>) -> LogSide {
    let mut fingerprints = Fingerprints::default();
    let mut next = 0;
    for seq in seqs {
        fingerprints.add(&position(seq));
        next = seq + 1;
    }
    LogSide { fingerprints, next, last_seq: next.checked_sub(1), ..LogSide::default() }
}

fn compare(log: LogSide, kept_since: Option<Millis>, index: impl IntoIterator<Item = u64>) -> SinkReport {
    let mut comparison = Comparison::new(log, kept_since);
    index.into_iter().for_each(|seq| comparison.take(&position(seq)));
    comparison.end();
    comparison.report()
}

#[test]
fn an_index_that_has_each_position_once_is_the_same() {
    let report = compare(log(0..500), None, 0..500);
    assert_eq!((report.verdict, report.indexed), (SinkVerdict::Same, 500));
    assert_eq!(compare(log([]), None, []).verdict, SinkVerdict::Same);
}

#[test]
fn each_kind_of_fault_is_reported_with_its_seq() {
    let missing = compare(log(0..500), None, (0..500).filter(|seq| ![7, 70].contains(seq)));
    assert_eq!((missing.verdict, missing.missing), (SinkVerdict::Broken, 2));
    assert_eq!(missing.faults.iter().map(|fault| fault.seq).collect::<Vec<_>>(), [7, 70]);
    let doubled = compare(log(0..3), None, [0, 1, 1, 1, 2]);
    assert_eq!((doubled.verdict, doubled.doubled, doubled.missing), (SinkVerdict::Broken, 2, 0));
    let extra = compare(log(0..3), None, 0..5);
    assert_eq!((extra.verdict, extra.extra), (SinkVerdict::Broken, 2), "the route ends at 2");
    let gap = compare(log([0, 2]), None, 0..3);
    assert_eq!((gap.verdict, gap.extra), (SinkVerdict::Broken, 1), "what the log lacks came from elsewhere");
    let mut comparison = Comparison::new(log(0..2), None);
    comparison.take(&position(0));
    comparison.take(&NewPosition { position: [-47.9, -15.800_000_1], ..position(1) });
    assert!(!comparison.end());
    let report = comparison.report();
    assert_eq!((report.verdict, report.different), (SinkVerdict::Broken, 1));
    assert_eq!(report.faults[0].found, "at 1795340000500, [-47.9, -15.8000001]");
}

/// What a comparison with one more position than these says about it.
fn sentence(log: LogSide, mut index: Vec<NewPosition>, found: NewPosition) -> String {
    index.retain(|position| position.seq != found.seq);
    index.push(found);
    index.sort_by_key(|position| position.seq);
    let mut comparison = Comparison::new(log, None);
    for position in &index {
        comparison.take(position);
    }
    comparison.end();
    let report = comparison.report();
    assert_eq!(report.verdict, SinkVerdict::Broken);
    let [difference] = &report.differences[..] else { panic!("{:?}", report.differences) };
    difference.to_string()
}

#[test]
fn each_difference_says_where_the_index_has_it_from() {
    let all = || (0..40).map(position).collect::<Vec<_>>();
    let moved = NewPosition { position: [-47.9, -15.9], ..position(17) };
    let mut repeated = log(0..40);
    repeated.deviations.add(SinkCause::LaterRecord, &moved, 2, 41, b"d");
    assert_eq!(
        sentence(repeated, all(), moved.clone()),
        "1 position in the index is what a later record of its seq says, while every reader keeps the first: seq 17 \
         (partition 2, offset 41)."
    );
    let mut foreign = log(0..40);
    foreign.deviations.add(SinkCause::ForeignKey, &moved, 1, 7, b"other");
    assert_eq!(
        sentence(foreign, all(), moved.clone()),
        "1 position in the index is from a record with the key of something else than this delivery: seq 17 (key \
         \"other\", partition 1, offset 7)."
    );
    let beyond = position(40);
    assert_eq!(sentence(log(0..40), all(), beyond), "1 position in the index is beyond the end of the route: seq 40.");
    assert_eq!(
        sentence(log(0..40), all(), moved),
        "1 position in the index is in no record of the log that was read: seq 17."
    );
}

#[test]
fn many_differences_are_counted_and_the_first_are_examples() {
    let mut comparison = Comparison::new(log(0..40), None);
    (0..46).for_each(|seq| comparison.take(&position(seq)));
    comparison.end();
    let differences: Vec<_> = comparison.report().differences.iter().map(ToString::to_string).collect();
    assert_eq!(
        differences,
        ["6 positions in the index are beyond the end of the route: seq 40; seq 41; seq 42; and 3 more."]
    );
}

#[test]
fn a_record_of_a_foreign_key_ahead_of_the_vehicle_is_extra() {
    let mut running = LogSide { last_seq: Some(99), ..log(0..10) };
    running.deviations.add(SinkCause::ForeignKey, &position(30), 1, 7, b"");
    let mut comparison = Comparison::new(running, None);
    (0..10).chain([30]).for_each(|seq| comparison.take(&position(seq)));
    comparison.end();
    let report = comparison.report();
    assert_eq!((report.verdict, report.extra), (SinkVerdict::Broken, 1));
    assert!(report.differences[0].to_string().ends_with("seq 30 (no key, partition 1, offset 7)."));
}

#[test]
fn what_the_state_says_was_appended_is_extra_if_the_log_lost_it() {
    // The state mentions seq 19; the log ends at 9.
    let lost = LogSide { next: 20, last_seq: Some(99), ..log(0..10) };
    let report = compare(lost, None, 0..20);
    assert_eq!((report.verdict, report.extra), (SinkVerdict::Broken, 10));
}

#[test]
fn positions_that_one_side_no_longer_keeps_are_no_fault() {
    let younger = LogSide { cut: 100, ..log(100..200) };
    assert_eq!(compare(younger, None, 0..200).verdict, SinkVerdict::Same);
    // The index keeps positions due from seq 128 on.
    let expired = compare(log(0..300), Some(START + 128 * 500), 128..300);
    assert_eq!((expired.verdict, expired.expired, expired.missing), (SinkVerdict::Expired, 128, 0));
    let lost = compare(log(0..300), Some(START + 128 * 500), 200..300);
    assert_eq!((lost.verdict, lost.expired, lost.missing), (SinkVerdict::Broken, 128, 72));
}

#[test]
fn newer_positions_are_no_fault_and_unwritten_ones_are_behind() {
    let running = || LogSide { last_seq: Some(99), ..log(0..10) };
    assert_eq!(compare(running(), None, 0..14).verdict, SinkVerdict::Same);
    let behind = compare(running(), None, 0..8);
    assert_eq!((behind.verdict, behind.missing), (SinkVerdict::Behind, 2));
    assert_eq!(compare(running(), None, []).verdict, SinkVerdict::Behind);
}

#[test]
fn nothing_of_an_erased_delivery_may_be_left() {
    let erased = || LogSide { erased: true, ..log(0..10) };
    assert_eq!(compare(erased(), None, []).verdict, SinkVerdict::Erased);
    let mut comparison = Comparison::new(erased(), None);
    comparison.take(&position(4));
    assert!(comparison.end(), "it may be removed soon");
    assert_eq!(comparison.rewind(), None);
    assert!(!comparison.end());
    assert_eq!(comparison.report().verdict, SinkVerdict::Erased);
    assert_eq!(compare(erased(), None, [4]).verdict, SinkVerdict::Broken);
}

proptest! {
    /// However an index fills up between two reads, the result is the same, and nothing is counted twice.
    #[test]
    fn reading_again_starts_at_the_first_missing_position(
        there in proptest::collection::vec(any::<bool>(), 1..300),
        expired in 0..3_i64,
    ) {
        let all = 0..u64::try_from(there.len()).unwrap_or_default();
        let kept_since = Some(START + expired * 64 * 500);
        let kept = |seq: &u64| *seq >= expired.unsigned_abs() * 64;
        let mut comparison = Comparison::new(log(all.clone()), kept_since);
        for seq in all.clone().filter(kept).filter(|seq| there[usize::try_from(*seq).unwrap_or_default()]) {
            comparison.take(&position(seq));
        }
        let open = comparison.end();
        let missing = all.clone().filter(kept).filter(|seq| !there[usize::try_from(*seq).unwrap_or_default()]);
        prop_assert_eq!(comparison.open(), missing.count() as u64);
        if open {
            let after = comparison.rewind();
            let rest = all.clone().filter(kept).filter(|seq| after.is_none_or(|after| *seq > after));
            rest.for_each(|seq| comparison.take(&position(seq)));
            prop_assert!(!comparison.end());
        }
        let report = comparison.report();
        let expected = if expired > 0 { SinkVerdict::Expired } else { SinkVerdict::Same };
        prop_assert_eq!(report.verdict, expected);
        prop_assert_eq!(report.indexed + report.expired, there.len() as u64);
        prop_assert!(report.faults.is_empty());
    }
}
