//! Tracks which numbers of a sequence that counts from 0 have arrived, and in which order.
//!
//! Small however long the sequence is, since only the gaps are stored. What the numbers mean is left to [`super::judge`].

use std::ops::Range;

/// The maximum number of gaps that are stored; beyond that, the oldest count as missing for good.
const MAX_GAPS: usize = 4_096;

/// How a number arrived.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arrival {
    /// It was the next one expected.
    Next,
    /// This many before it have not arrived.
    AfterGap(u64),
    /// For the first time, but after a later one.
    OutOfOrder,
    /// It had arrived before.
    Repeated,
}

/// The numbers that have arrived.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sequence {
    cut: u64,
    next: u64,
    count: u64,
    missing: Vec<Range<u64>>,
    forgotten: u64,
}

impl Sequence {
    /// Starts at `certain`: everything below may have been removed from the log's front, so it is neither missed nor, if it
    /// arrives, distinguished from a repeat.
    pub fn begin(&mut self, certain: u64) {
        self.cut = certain;
        self.next = certain;
    }

    /// Records the arrival of a number.
    pub fn take(&mut self, number: u64) -> Arrival {
        if number >= self.next {
            let missed = number - self.next;
            self.miss(self.next..number);
            self.next = number.saturating_add(1);
            self.count += 1;
            return if missed == 0 { Arrival::Next } else { Arrival::AfterGap(missed) };
        }
        let place = self.missing.partition_point(|range| range.end <= number);
        match self.missing.get(place).cloned() {
            Some(range) if range.contains(&number) => {
                let parts = [range.start..number, number + 1..range.end];
                self.missing.splice(place..=place, parts.into_iter().filter(|part| !part.is_empty()));
                self.count += 1;
                Arrival::OutOfOrder
            }
            _ => Arrival::Repeated,
        }
    }

    /// Declares that all numbers below `end` must have arrived; returns how many more are missing.
    pub fn expect_below(&mut self, end: u64) -> u64 {
        let more = end.saturating_sub(self.next);
        self.miss(self.next..end);
        self.next = self.next.max(end);
        more
    }

    fn miss(&mut self, range: Range<u64>) {
        if range.is_empty() {
            return;
        }
        if self.missing.len() == MAX_GAPS {
            let oldest = self.missing.remove(0);
            self.forgotten += oldest.end - oldest.start;
        }
        self.missing.push(range);
    }

    /// The next number expected.
    #[must_use]
    pub fn next(&self) -> u64 {
        self.next
    }

    /// How many distinct numbers have arrived.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.count
    }

    /// How many at the front may have been removed.
    #[must_use]
    pub fn cut(&self) -> u64 {
        self.cut
    }

    /// How many are missing.
    #[must_use]
    pub fn missing(&self) -> u64 {
        self.forgotten + self.missing.iter().map(|range| range.end - range.start).sum::<u64>()
    }
}

#[cfg(test)]
#[path = "tests/sequence.rs"]
mod tests;
