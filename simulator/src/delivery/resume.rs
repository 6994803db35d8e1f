//! Where a delivery resumes: a fold over the records that the log holds of it.
//!
//! Pure, and indifferent to repeats: a state that is not newer than the known one, and a known seq, change nothing. So when two
//! processes that start a delivery at once both write a first state, both go by the earlier one. A position counts only when all
//! before it are there, so that a gap is filled and not skipped, unless retention has removed what is missing. Reading the records is
//! left to [`crate::log::recovery`].

use delivery_messages::{Millis, State, StatePhase};
use delivery_motion::Fixed;

use crate::delivery::records::RecordOffset;

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

/// Where a delivery resumes.
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
    /// Where it resumes.
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
        let next = known.map_or(0, |seq| seq.saturating_add(1));
        if fixed.seq == next || (fixed.seq > next && self.after.is_none() && self.is_cut(record.partition, first)) {
            self.after = Some((fixed, record));
        }
    }

    /// Whether retention has removed the record that the state points to, and perhaps positions after it.
    fn is_cut(&self, partition: i32, first: i64) -> bool {
        self.state.as_ref().is_some_and(|state| state.partition == partition && state.offset < first)
    }

    /// Where the delivery resumes.
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
#[path = "tests/resume.rs"]
mod tests;
