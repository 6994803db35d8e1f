//! Positions that came before the plan of their delivery: it is written earlier, but to another topic, which may be read a
//! moment later.
//!
//! Pure: the time is given. A partition waits as a whole, so that a cursor never runs ahead of what was told. It waits for
//! [`PATIENCE`] at most, and after that has been in vain not again for [`QUIET`], so that what has no plan holds up nobody for
//! long.

use crate::record::{Record, Slot};
use std::collections::{BTreeMap, VecDeque};
use std::time::{Duration, Instant};

/// How long a partition waits for a plan.
pub const PATIENCE: Duration = Duration::from_secs(2);
/// How long it does not wait again after waiting in vain.
pub const QUIET: Duration = Duration::from_secs(30);
/// How many records of a partition wait at most.
pub const MAX: usize = 20_000;

/// Waiting records, by partition.
#[derive(Debug, Default)]
pub struct Held {
    partitions: BTreeMap<i32, Waiting>,
}

#[derive(Debug, Default)]
struct Waiting {
    records: VecDeque<Record>,
    deadline: Option<Instant>,
    quiet_until: Option<Instant>,
}

impl Waiting {
    fn is_quiet(&self, now: Instant) -> bool {
        self.quiet_until.is_some_and(|until| now < until)
    }
}

impl Held {
    /// Takes a record of the positions' topic, and gives it back if it need not wait: nothing of its partition waits, and
    /// `expected` says that its delivery is known.
    pub fn offer(
        &mut self,
        record: Record,
        slot: Slot,
        now: Instant,
        expected: impl Fn(&Record) -> bool,
    ) -> Option<Record> {
        let waiting = self.partitions.entry(slot.partition).or_default();
        if waiting.records.is_empty() {
            if waiting.is_quiet(now) || expected(&record) {
                return Some(record);
            }
            waiting.deadline = Some(now + PATIENCE);
        }
        waiting.records.push_back(record);
        if waiting.records.len() > MAX {
            waiting.deadline = Some(now);
        }
        None
    }

    /// The records that wait no longer, in their order.
    pub fn release(&mut self, now: Instant, expected: impl Fn(&Record) -> bool) -> Vec<Record> {
        let mut free = Vec::new();
        for waiting in self.partitions.values_mut() {
            while let Some(first) = waiting.records.front() {
                if !waiting.is_quiet(now) && !expected(first) {
                    let deadline = *waiting.deadline.get_or_insert(now + PATIENCE);
                    if now < deadline {
                        break;
                    }
                    waiting.quiet_until = Some(now + QUIET);
                }
                waiting.deadline = None;
                free.extend(waiting.records.pop_front());
            }
        }
        free
    }

    /// When the next wait is over, if any partition waits.
    #[must_use]
    pub fn deadline(&self) -> Option<Instant> {
        self.partitions
            .values()
            .filter(|waiting| !waiting.records.is_empty())
            .filter_map(|waiting| waiting.deadline)
            .min()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{position, position_record};

    fn record(id: &str, seq: u64) -> Record {
        position_record(position(id, seq, false), 0)
    }

    fn offer(held: &mut Held, id: &str, seq: u64, now: Instant, known: &str) -> bool {
        let slot = Slot { partition: 0, offset: 0 };
        held.offer(record(id, seq), slot, now, |record| is(record, known)).is_some()
    }

    fn is(record: &Record, known: &str) -> bool {
        matches!(record, Record::Position { position, .. } if position.delivery_id == known)
    }

    fn seqs(records: &[Record]) -> Vec<u64> {
        let seq = |record: &Record| if let Record::Position { position, .. } = record { position.seq } else { 0 };
        records.iter().map(seq).collect()
    }

    #[test]
    fn a_partition_waits_as_a_whole_until_the_plan_is_there() {
        let (mut held, now) = (Held::default(), Instant::now());
        assert!(offer(&mut held, "known", 0, now, "known"));
        assert!(!offer(&mut held, "new", 1, now, "known"));
        assert!(!offer(&mut held, "known", 2, now, "known"), "it stands behind");
        let other = Slot { partition: 1, offset: 0 };
        assert!(held.offer(record("known", 9), other, now, |_| true).is_some(), "another partition goes on");
        assert_eq!(held.deadline(), Some(now + PATIENCE));
        assert!(held.release(now, |record| is(record, "known")).is_empty());
        assert_eq!(seqs(&held.release(now, |_| true)), [1, 2]);
        assert_eq!(held.deadline(), None);
        assert!(offer(&mut held, "known", 3, now, "known"));
    }

    #[test]
    fn what_has_no_plan_holds_up_a_partition_once_in_a_while() {
        let (mut held, now) = (Held::default(), Instant::now());
        assert!(!offer(&mut held, "ghost", 0, now, "known"));
        assert!(!offer(&mut held, "other ghost", 1, now, "known"));
        let later = now + PATIENCE;
        assert_eq!(seqs(&held.release(later, |record| is(record, "known"))), [0, 1]);
        assert!(offer(&mut held, "third ghost", 2, later, "known"));
        assert!(!offer(&mut held, "third ghost", 3, later + QUIET, "known"));
    }

    #[test]
    fn no_more_than_a_stated_number_waits() {
        let (mut held, now) = (Held::default(), Instant::now());
        for seq in 0..=MAX as u64 {
            assert!(!offer(&mut held, "ghost", seq, now, "known"));
        }
        assert_eq!(held.release(now, |_| false).len(), MAX + 1);
    }
}
