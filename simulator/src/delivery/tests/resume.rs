use proptest::prelude::*;

use super::*;

fn state(seq: i64, offset: i64) -> State {
    State {
        delivery_id: "a".to_owned(),
        version: State::version_of(seq, false),
        phase: StatePhase::Running,
        start: 1_000,
        seq,
        at: if seq < 0 { 1_000 } else { at(seq.unsigned_abs()) },
        position: None,
        speed: 0.0,
        heading: 0.0,
        progress: 0.0,
        eta: 90_000,
        late_milliseconds: None,
        partition: 2,
        offset,
        reason: None,
        pod: None,
    }
}

fn at(seq: u64) -> Millis {
    i64::try_from(seq).unwrap_or(i64::MAX).saturating_mul(500).saturating_add(1_000)
}

/// Takes positions as a partition has them: the first at offset 100, each at the next.
fn read(past: &mut Past, seqs: impl IntoIterator<Item = u64>) {
    for (offset, seq) in (100..).zip(seqs) {
        past.position(Fixed { seq, at: at(seq) }, RecordOffset { partition: 2, offset }, 70);
    }
}

#[track_caller]
fn resumes(past: &Past, seq: Option<u64>, offset: i64) {
    let last = seq.map(|seq| Fixed { seq, at: at(seq) });
    let record = RecordOffset { partition: 2, offset };
    assert_eq!(past.resume_point(), ResumePoint::Started { start: 1_000, last, record });
}

#[test]
fn a_delivery_that_the_log_holds_nothing_of_is_new_and_nothing_is_read_for_it() {
    let past = Past::default();
    assert_eq!((past.from(2), past.resume_point()), (ReadFrom::Nowhere, ResumePoint::New));
}

#[test]
fn the_first_state_alone_fixes_the_start() {
    let mut past = Past::default();
    past.state(state(-1, 70));
    assert_eq!(past.from(2), ReadFrom::Offset(70));
    resumes(&past, None, 70);
    read(&mut past, [0]);
    resumes(&past, Some(0), 100);
}

#[test]
fn the_state_with_the_highest_version_counts_whatever_the_order() {
    let mut past = Past::default();
    for (seq, offset) in [(4, 74), (9, 79), (-1, 70), (8, 78)] {
        past.state(state(seq, offset));
    }
    assert_eq!(past.from(2), ReadFrom::Offset(79));
    resumes(&past, Some(9), 79);
}

#[test]
fn an_end_needs_no_positions_and_a_tombstone_makes_a_delivery_new() {
    for phase in [StatePhase::Finished, StatePhase::Failed] {
        let mut past = Past::default();
        past.state(State { phase, version: 21, ..state(9, 79) });
        past.state(state(9, 79));
        assert_eq!((past.from(2), past.resume_point()), (ReadFrom::Nowhere, ResumePoint::Ended));
        past.tombstone();
        assert_eq!(past.resume_point(), ResumePoint::New);
    }
}

#[test]
fn an_offset_of_another_partition_does_not_count_in_this_one() {
    let mut past = Past::default();
    past.state(state(4, 74));
    assert_eq!(past.from(5), ReadFrom::Oldest);
    past.state(state(5, -1001));
    assert_eq!(past.from(2), ReadFrom::Oldest);
}

#[test]
fn of_two_first_states_the_earlier_counts_for_both_writers() {
    let mut past = Past::default();
    past.state(state(-1, 70));
    past.state(State { start: 2_000, at: 2_000, ..state(-1, 71) });
    resumes(&past, None, 70);
}

#[test]
fn what_retention_has_removed_is_not_written_again() {
    let mut past = Past::default();
    past.state(state(4, 69));
    read(&mut past, [8, 9]);
    resumes(&past, Some(9), 101);
    // None of its records are left, only those of others: it resumes from its state.
    let mut past = Past::default();
    past.state(state(4, 69));
    resumes(&past, Some(4), 69);
}

#[test]
fn a_seq_that_nothing_can_follow_is_taken_without_harm() {
    let mut past = Past::default();
    past.state(state(4, 69));
    read(&mut past, [u64::MAX - 1, u64::MAX, 5]);
    resumes(&past, Some(u64::MAX), 101);
}

#[test]
fn a_gap_is_filled_and_not_skipped() {
    let mut past = Past::default();
    past.state(state(4, 74));
    read(&mut past, [4, 5, 7, 8]);
    resumes(&past, Some(5), 101);
}

proptest! {
    /// What a partition can hold of one delivery: its positions in order, cut anywhere, with repeats of earlier ones in
    /// between, as processes that overlap write them; and states of any of them in any order.
    #[test]
    fn the_newest_position_of_any_cut_and_repeated_log_is_found(
        repeats in prop::collection::vec(0_u64..6, 1..80), states in prop::collection::vec(0_usize..80, 1..6),
    ) {
        let (mut log, mut newest) = (vec![0_u64], 0_u64);
        for back in repeats {
            // Zero back is the next one; the others are repeats.
            let seq = (newest + 1).saturating_sub(back);
            newest = newest.max(seq);
            log.push(seq);
        }
        let mut past = Past::default();
        let mut highest = 0;
        for index in states {
            let index = index % log.len();
            let first = log.iter().position(|seq| *seq == log[index]).unwrap();
            past.state(state(i64::try_from(log[index]).unwrap(), 100 + i64::try_from(first).unwrap()));
            highest = highest.max(log[index]);
        }
        let ReadFrom::Offset(offset) = past.from(2) else { return Err(TestCaseError::fail("no offset")) };
        for (offset, seq) in (100..).zip(&log).filter(|(at, _)| *at >= offset) {
            past.position(Fixed { seq: *seq, at: at(*seq) }, RecordOffset { partition: 2, offset }, 100);
        }
        let ResumePoint::Started { last: Some(last), record, .. } = past.resume_point() else {
            return Err(TestCaseError::fail("not started"));
        };
        prop_assert_eq!(last, Fixed { seq: newest, at: at(newest) });
        prop_assert_eq!(log[usize::try_from(record.offset - 100).unwrap()], newest);
    }
}
