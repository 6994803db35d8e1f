//! Where a delivery goes on: a fold over the records that the log holds of it.
//!
//! Pure, and indifferent to repeats: a state that is not newer than the known one, and a known seq, change nothing. So when two
//! processes that start a delivery at once both write a first state, both go by the earlier one. A position counts only when all
//! before it are there, so that a gap is filled and not skipped, unless retention has removed what is missing. Reading the records is
//! left to [`crate::recovery`].

use delivery_messages::{Millis, State, StatePhase};
use delivery_motion::Fixed;

use crate::records::RecordOffset;

/// Where reading the positions of a delivery has to start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReadFrom {
    /// Nothing has to be read: there are no positions, or none that matter.
    Nowhere,
    /// At the oldest in the partition: the offset in the state is of another partition.
    Oldest,
    /// At an offset.
    Offset(i64),
}

/// Where a delivery goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ResumePoint {
    /// The log holds nothing of it.
    New,
    /// It has started.
    Started {
        /// The start, fixed by its first state.
        start: Millis,
        /// Its newest position in the log, if there is one.
        last: Option<Fixed>,
        /// Where that position is; before the first, an offset at or after which the first will be.
        record: RecordOffset,
    },
    /// Its last state is final.
    Ended,
}

/// What was recovered of one delivery.
#[derive(Debug, Clone, Copy)]
pub struct Recovered {
    /// Where it goes on.
    pub point: ResumePoint,
    /// If it is new, the end of the partition that its positions will be in.
    pub end: RecordOffset,
}

/// The records of one delivery, folded.
#[derive(Debug, Clone, Default)]
pub struct Past {
    state: Option<State>,
    /// The newest position after the state.
    after: Option<(Fixed, RecordOffset)>,
}

impl Past {
    /// Takes a state record. The one with the highest version counts; of equal ones, the first.
    pub fn state(&mut self, state: State) {
        if self.state.as_ref().is_none_or(|known| state.version > known.version) {
            self.state = Some(state);
        }
    }

    /// Takes a tombstone: it deletes the state.
    pub fn tombstone(&mut self) {
        self.state = None;
    }

    /// Where reading positions has to start, if those of the delivery are in this partition. States are read before.
    #[must_use]
    pub fn from(&self, partition: i32) -> ReadFrom {
        match &self.state {
            None => ReadFrom::Nowhere,
            Some(state) if state.phase != StatePhase::Running => ReadFrom::Nowhere,
            Some(state) if state.partition != partition || state.offset < 0 => ReadFrom::Oldest,
            Some(state) => ReadFrom::Offset(state.offset),
        }
    }

    /// Whether the log has a state of the delivery.
    #[must_use]
    pub fn is_known(&self) -> bool {
        self.state.is_some()
    }

    /// Takes a position record. `first` is the first offset that was read of its partition: the oldest one left at or after
    /// [`Past::from`].
    pub fn position(&mut self, fixed: Fixed, record: RecordOffset, first: i64) {
        let known = self.after.map(|(fixed, _)| fixed.seq).or_else(|| self.seq_of_state());
        let next = known.map_or(0, |seq| seq + 1);
        if fixed.seq == next || (fixed.seq > next && self.after.is_none() && self.is_cut(record.partition, first)) {
            self.after = Some((fixed, record));
        }
    }

    /// Whether retention has removed the record that the state points to, and perhaps positions after it.
    fn is_cut(&self, partition: i32, first: i64) -> bool {
        self.state.as_ref().is_some_and(|state| state.partition == partition && state.offset < first)
    }

    /// Where the delivery goes on.
    #[must_use]
    pub fn resume_point(&self) -> ResumePoint {
        let Some(state) = &self.state else { return ResumePoint::New };
        if state.phase != StatePhase::Running {
            return ResumePoint::Ended;
        }
        let known = self.seq_of_state().map(|seq| Fixed { seq, at: state.at });
        let record = RecordOffset { partition: state.partition, offset: state.offset };
        let (last, record) = self.after.map_or((known, record), |(fixed, record)| (Some(fixed), record));
        ResumePoint::Started { start: state.start, last, record }
    }

    fn seq_of_state(&self) -> Option<u64> {
        self.state.as_ref().and_then(|state| u64::try_from(state.seq).ok())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

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
        }
    }

    fn at(seq: u64) -> Millis {
        1_000 + 500 * i64::try_from(seq).unwrap()
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
        // Nothing of it is left, only others' records: it goes on from its state.
        let mut past = Past::default();
        past.state(state(4, 69));
        resumes(&past, Some(4), 69);
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
}
