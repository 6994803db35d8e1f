//! Holds positions that arrive before the plan of their delivery: the plan is written earlier, but to another topic,
//! which may be read later.
//!
//! Pure: the time is passed in. A partition waits as a whole, so that a cursor never runs ahead of what was sent. It
//! waits for at most [`PATIENCE`], and when no plan came in that time it does not wait again for [`QUIET`], so that
//! positions without a plan do not delay others for long.

use std::collections::{BTreeMap, VecDeque};
use std::time::{Duration, Instant};

use crate::model::record::{Record, RecordOffset};

/// How long a partition waits for a plan.
pub(crate) const PATIENCE: Duration = Duration::from_secs(2);
/// How long a partition does not wait again after no plan came.
pub(crate) const QUIET: Duration = Duration::from_secs(30);
/// The maximum number of waiting records of a partition.
pub(crate) const MAX: usize = 20_000;

/// Waiting records, by partition.
#[derive(Debug, Default)]
pub(crate) struct ReorderBuffer {
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

impl ReorderBuffer {
    /// Takes a record of the positions' topic, and returns it if it need not wait: its partition is not waiting, and
    /// its delivery is `expected`.
    pub(crate) fn offer(
        &mut self,
        record: Record,
        offset: RecordOffset,
        now: Instant,
        expected: impl Fn(&Record) -> bool,
    ) -> Option<Record> {
        let waiting = self.partitions.entry(offset.partition).or_default();
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

    /// The records that no longer wait, in order.
    pub(crate) fn release(&mut self, now: Instant, expected: impl Fn(&Record) -> bool) -> Vec<Record> {
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
    pub(crate) fn deadline(&self) -> Option<Instant> {
        self.partitions
            .values()
            .filter(|waiting| !waiting.records.is_empty())
            .filter_map(|waiting| waiting.deadline)
            .min()
    }
}

#[cfg(test)]
#[path = "tests/reorder_buffer.rs"]
mod tests;
