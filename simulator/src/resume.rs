//! What the log says of one delivery: a fold over its records, and from where it goes on.
//!
//! Pure, and indifferent to repeats: a state that is older than the one known and a seq that is known change nothing. A
//! position counts only when all before it are there, so that a gap, however it came to be, is filled and not jumped.
//! Reading the records is left to [`crate::history`].

use delivery_messages::{Millis, State, StatePhase};
use delivery_motion::Fixed;

use crate::records::Place;

/// From where the positions of a delivery are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReadFrom {
    /// Not at all: there are none, or no more are wanted.
    Nowhere,
    /// From the oldest in the partition: the place in the state is not in this partition.
    Oldest,
    /// From an offset.
    Offset(i64),
}

/// From where a delivery goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// The log has nothing of it.
    New,
    /// It has started.
    Started {
        /// The start, fixed by its first state.
        start: Millis,
        /// Its newest position in the log, if there is one.
        last: Option<Fixed>,
        /// Where that position is; before the first, where the first will be or come after.
        place: Place,
    },
    /// Its last state says that it is over.
    Ended,
}

/// The records of one delivery, folded.
#[derive(Debug, Clone, Default)]
pub struct Past {
    state: Option<State>,
    /// What positions have added to the state.
    after: Option<(Fixed, Place)>,
}

impl Past {
    /// Takes a state record: the one of the highest version counts, and of two equal ones the later.
    pub fn state(&mut self, state: State) {
        if self.state.as_ref().is_none_or(|known| state.version >= known.version) {
            self.state = Some(state);
        }
    }

    /// Takes a tombstone: nothing is known any more.
    pub fn tombstone(&mut self) {
        self.state = None;
    }

    /// From where positions have to be read, when the delivery's are in this partition. States come before.
    #[must_use]
    pub fn from(&self, partition: i32) -> ReadFrom {
        match &self.state {
            None => ReadFrom::Nowhere,
            Some(state) if state.phase != StatePhase::Running => ReadFrom::Nowhere,
            Some(state) if state.partition != partition || state.offset < 0 => ReadFrom::Oldest,
            Some(state) => ReadFrom::Offset(state.offset),
        }
    }

    /// Takes a position record at a place.
    pub fn position(&mut self, fixed: Fixed, place: Place) {
        let known = self.after.map(|(fixed, _)| fixed.seq).or_else(|| self.seq_of_state());
        if fixed.seq == known.map_or(0, |seq| seq + 1) {
            self.after = Some((fixed, place));
        }
    }

    /// From where the delivery goes on.
    #[must_use]
    pub fn standing(&self) -> Standing {
        let Some(state) = &self.state else { return Standing::New };
        if state.phase != StatePhase::Running {
            return Standing::Ended;
        }
        let known = self.seq_of_state().map(|seq| Fixed { seq, at: state.at });
        let place = Place { partition: state.partition, offset: state.offset };
        let (last, place) = self.after.map_or((known, place), |(fixed, place)| (Some(fixed), place));
        Standing::Started { start: state.start, last, place }
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
            past.position(Fixed { seq, at: at(seq) }, Place { partition: 2, offset });
        }
    }

    #[track_caller]
    fn stands(past: &Past, seq: Option<u64>, offset: i64) {
        let last = seq.map(|seq| Fixed { seq, at: at(seq) });
        let place = Place { partition: 2, offset };
        assert_eq!(past.standing(), Standing::Started { start: 1_000, last, place });
    }

    #[test]
    fn a_delivery_of_which_the_log_has_nothing_is_new_and_nothing_is_read_for_it() {
        let past = Past::default();
        assert_eq!((past.from(2), past.standing()), (ReadFrom::Nowhere, Standing::New));
    }

    #[test]
    fn the_first_state_alone_fixes_the_start() {
        let mut past = Past::default();
        past.state(state(-1, 70));
        assert_eq!(past.from(2), ReadFrom::Offset(70));
        stands(&past, None, 70);
        read(&mut past, [0]);
        stands(&past, Some(0), 100);
    }

    #[test]
    fn of_states_the_highest_version_counts_whatever_their_order() {
        let mut past = Past::default();
        for (seq, offset) in [(4, 74), (9, 79), (-1, 70), (8, 78)] {
            past.state(state(seq, offset));
        }
        assert_eq!(past.from(2), ReadFrom::Offset(79));
        stands(&past, Some(9), 79);
    }

    #[test]
    fn an_end_needs_no_positions_and_a_tombstone_makes_a_delivery_new() {
        for phase in [StatePhase::Finished, StatePhase::Failed] {
            let mut past = Past::default();
            past.state(State { phase, version: 21, ..state(9, 79) });
            past.state(state(9, 79));
            assert_eq!((past.from(2), past.standing()), (ReadFrom::Nowhere, Standing::Ended));
            past.tombstone();
            assert_eq!(past.standing(), Standing::New);
        }
    }

    #[test]
    fn a_place_in_another_partition_is_no_place_in_this_one() {
        let mut past = Past::default();
        past.state(state(4, 74));
        assert_eq!(past.from(5), ReadFrom::Oldest);
        past.state(state(5, -1001));
        assert_eq!(past.from(2), ReadFrom::Oldest);
    }

    #[test]
    fn a_gap_is_filled_and_not_jumped() {
        let mut past = Past::default();
        past.state(state(4, 74));
        read(&mut past, [4, 5, 7, 8]);
        stands(&past, Some(5), 101);
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
            for place in states {
                let place = place % log.len();
                let first = log.iter().position(|seq| *seq == log[place]).unwrap();
                past.state(state(i64::try_from(log[place]).unwrap(), 100 + i64::try_from(first).unwrap()));
                highest = highest.max(log[place]);
            }
            let ReadFrom::Offset(offset) = past.from(2) else { return Err(TestCaseError::fail("no offset")) };
            for (offset, seq) in (100..).zip(&log).filter(|(at, _)| *at >= offset) {
                past.position(Fixed { seq: *seq, at: at(*seq) }, Place { partition: 2, offset });
            }
            let Standing::Started { last: Some(last), place, .. } = past.standing() else {
                return Err(TestCaseError::fail("not started"));
            };
            prop_assert_eq!(last, Fixed { seq: newest, at: at(newest) });
            prop_assert_eq!(log[usize::try_from(place.offset - 100).unwrap()], newest);
        }
    }
}
