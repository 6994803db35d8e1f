//! Which numbers of a sequence that counts from 0 have come, and how.
//!
//! Pure, and small however long the sequence is: what came is kept as what is missing. What the numbers stand for is
//! left to [`super::fold`].

use std::ops::Range;

/// The most separate gaps that are kept; of a log with more, the oldest are given up as missing for good.
const MAX_GAPS: usize = 4_096;

/// How a number came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arrival {
    /// The one that was expected.
    Next,
    /// Later ones were expected first: so many are missing before it.
    Ahead(u64),
    /// For the first time, but after a later one.
    Late,
    /// It has been there already.
    Again,
}

/// The numbers that have come.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sequence {
    cut: u64,
    next: u64,
    count: u64,
    missing: Vec<Range<u64>>,
    given_up: u64,
}

impl Sequence {
    /// Takes the first number there is, when all below `certain` may have been removed from the log's front: those are
    /// neither missed nor, should one come, told from a repeat.
    pub fn begin(&mut self, certain: u64) {
        self.cut = certain;
        self.next = certain;
    }

    /// Takes a number.
    pub fn take(&mut self, number: u64) -> Arrival {
        if number >= self.next {
            let missed = number - self.next;
            self.miss(self.next..number);
            self.next = number.saturating_add(1);
            self.count += 1;
            return if missed == 0 { Arrival::Next } else { Arrival::Ahead(missed) };
        }
        let place = self.missing.partition_point(|range| range.end <= number);
        match self.missing.get(place).cloned() {
            Some(range) if range.contains(&number) => {
                let parts = [range.start..number, number + 1..range.end];
                self.missing.splice(place..=place, parts.into_iter().filter(|part| !part.is_empty()));
                self.count += 1;
                Arrival::Late
            }
            _ => Arrival::Again,
        }
    }

    /// Declares that all numbers below `end` must have come by now; the answer is how many more are missing.
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
            self.given_up += oldest.end - oldest.start;
        }
        self.missing.push(range);
    }

    /// The number that is expected next.
    #[must_use]
    pub fn next(&self) -> u64 {
        self.next
    }

    /// How many have come, each counted once.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.count
    }

    /// How many at the front may have been removed from the log.
    #[must_use]
    pub fn cut(&self) -> u64 {
        self.cut
    }

    /// How many are missing.
    #[must_use]
    pub fn missing(&self) -> u64 {
        self.given_up + self.missing.iter().map(|range| range.end - range.start).sum::<u64>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::HashSet;

    proptest! {
        #[test]
        fn it_tells_the_same_as_a_set_of_all_numbers(numbers in proptest::collection::vec(0_u64..40, 0..120)) {
            let (mut sequence, mut set, mut highest) = (Sequence::default(), HashSet::new(), None);
            for number in numbers {
                let expected = match highest {
                    _ if set.contains(&number) => Arrival::Again,
                    Some(highest) if number < highest => Arrival::Late,
                    _ => match number - highest.map_or(0, |highest| highest + 1) {
                        0 => Arrival::Next,
                        missed => Arrival::Ahead(missed),
                    },
                };
                prop_assert_eq!(sequence.take(number), expected);
                set.insert(number);
                highest = highest.max(Some(number));
                let below = highest.map_or(0, |highest| highest + 1);
                prop_assert_eq!(sequence.count(), set.len() as u64);
                prop_assert_eq!(sequence.missing(), below - set.len() as u64);
            }
        }
    }

    #[test]
    fn what_may_have_been_cut_is_not_missed_and_never_late() {
        let mut sequence = Sequence::default();
        sequence.begin(7);
        assert_eq!(sequence.take(9), Arrival::Ahead(2));
        assert_eq!(sequence.take(3), Arrival::Again);
        assert_eq!(sequence.take(8), Arrival::Late);
        assert_eq!((sequence.cut(), sequence.count(), sequence.missing()), (7, 2, 1));
    }

    #[test]
    fn the_end_can_be_missing_too() {
        let mut sequence = Sequence::default();
        sequence.take(0);
        assert_eq!(sequence.expect_below(3), 2);
        assert_eq!(sequence.expect_below(2), 0);
        assert_eq!((sequence.next(), sequence.missing()), (3, 2));
    }

    #[test]
    fn a_log_full_of_holes_costs_bounded_memory_and_stays_counted() {
        let mut sequence = Sequence::default();
        for number in 0..20_000 {
            sequence.take(2 * number + 1);
        }
        assert_eq!(sequence.missing(), 20_000);
        assert_eq!(sequence.missing.len(), MAX_GAPS);
    }
}
