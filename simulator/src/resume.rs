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
pub enum From {
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
    pub fn from(&self, partition: i32) -> From {
        match &self.state {
            None => From::Nowhere,
            Some(state) if state.phase != StatePhase::Running => From::Nowhere,
            Some(state) if state.partition != partition || state.offset < 0 => From::Oldest,
            Some(state) => From::Offset(state.offset),
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
