//! Records that no reader takes for a position of their delivery, although an index may hold what they say.
//!
//! They explain why an index differs from the log: most are written over the right position, or beside it. Whether the index
//! really has them is left to [`super::comparison`].

use std::collections::BTreeMap;

use delivery_messages::NewPosition;

use crate::fingerprints::{Fingerprint, fingerprint};
use crate::report::SinkCause;

/// The maximum number of records that are kept per delivery; further ones leave a difference unexplained, not unnoticed.
const MAX_RECORDS: usize = 4_096;
/// The maximum number of characters of a key that are quoted.
const MAX_KEY: usize = 40;

/// Such records of one delivery, by seq.
#[derive(Clone, Debug, Default)]
pub struct Deviations {
    records: BTreeMap<u64, Vec<Deviation>>,
    count: usize,
}

#[derive(Clone, Debug)]
struct Deviation {
    cause: SinkCause,
    print: Fingerprint,
    place: String,
}

impl Deviations {
    /// Adds a record; `key` is named if it is what is wrong.
    pub fn add(&mut self, cause: SinkCause, position: &NewPosition, partition: i32, offset: i64, key: &[u8]) {
        if self.count == MAX_RECORDS {
            return;
        }
        self.count += 1;
        let mut place = format!("partition {partition}, offset {offset}");
        if cause == SinkCause::ForeignKey {
            let key: String = String::from_utf8_lossy(key).chars().take(MAX_KEY).collect();
            place = if key.is_empty() { format!("no key, {place}") } else { format!("key {key:?}, {place}") };
        }
        self.records.entry(position.seq).or_default().push(Deviation { cause, print: fingerprint(position), place });
    }

    /// Which record said what an index has as this position: what is wrong with it, and where it is in the log.
    #[must_use]
    pub fn find(&self, found: &NewPosition) -> Option<(SinkCause, &str)> {
        let print = fingerprint(found);
        let record = self.records.get(&found.seq)?.iter().find(|record| record.print == print)?;
        Some((record.cause, &record.place))
    }
}
