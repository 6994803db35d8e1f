//! Which records of a topic have been taken and are not settled: the one that is served, and those that were set aside, so that the ones
//! behind them go on. Pure.
//!
//! Of a partition no more is committed than what lies before its first record that is not settled. How many may be set aside is bounded,
//! and so is what they hold; what becomes of one for which there is no room is left to [`crate::requests::inbox`].

use std::collections::BTreeMap;

use delivery_messages::Millis;

/// How many records of a topic may be set aside at a time.
pub(crate) const MAX_RECORDS: usize = 32;
/// How many bytes they may hold together.
const MAX_BYTES: usize = 4 << 20;

/// The records of a topic that are not settled.
#[derive(Debug, Default)]
pub(crate) struct Unsettled(BTreeMap<i32, Partition>);

#[derive(Debug, Default)]
struct Partition {
    /// The bytes of each, by its offset and the broker's time: in a topic that was made anew, an offset is another record's.
    records: BTreeMap<(i64, Millis), usize>,
    /// After the last record that was taken.
    next: i64,
}

impl Unsettled {
    /// Whether one more record, of so many bytes, may be set aside.
    #[must_use]
    pub(crate) fn has_room(&self, bytes: usize) -> bool {
        let all = || self.0.values().flat_map(|partition| partition.records.values());
        all().count() < MAX_RECORDS && all().sum::<usize>().saturating_add(bytes) <= MAX_BYTES
    }

    /// Notes that a record was taken; whether it is to be served. One that is not settled is being served, and Kafka hands it out again
    /// when its partition was away for a while.
    #[must_use]
    pub(crate) fn take(&mut self, partition: i32, offset: i64, at: Millis, bytes: usize) -> bool {
        let partition = self.0.entry(partition).or_default();
        // Kafka may hand out earlier records again, after others had the partition.
        partition.next = offset + 1;
        partition.records.insert((offset, at), bytes).is_none()
    }

    /// Notes that a record is settled; returns the offset from which its partition is to be read again.
    #[must_use]
    pub(crate) fn settle(&mut self, partition: i32, offset: i64, at: Millis) -> i64 {
        let partition = self.0.entry(partition).or_default();
        partition.records.remove(&(offset, at));
        partition.records.keys().next().map_or(partition.next, |(first, _)| partition.next.min(*first))
    }
}

#[cfg(test)]
#[path = "tests/aside.rs"]
mod tests;
