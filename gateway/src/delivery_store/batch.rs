//! What the writer has read but not written yet: the newest record of each part of each document.
//!
//! Pure. A batch knows the offsets up to which it was read; they may be committed when all of it is written.

use std::collections::{BTreeMap, HashMap};

use delivery_kafka::DeadLetterRecord;
use delivery_messages::{DecodeError, Topic};

use super::statements::Part;
use crate::model::record::Record;

/// The maximum weight of a batch; beyond it, reading waits for writing. A plan or a state weighs 1, about half a
/// kilobyte.
pub(crate) const MAX: usize = 50_000;
/// This many points of a route weigh as much as a plan.
const POINTS: usize = 32;

/// Records to be written together.
#[derive(Debug, Default)]
pub(crate) struct Batch {
    records: HashMap<(Part, String), (u64, Record)>,
    weight: usize,
    dead_letters: Vec<DeadLetterRecord>,
    dead_letter_bytes: usize,
    offsets: BTreeMap<(String, i32), i64>,
}

/// The maximum size of a batch's dead letters, bytes.
const MAX_DEAD_LETTER_BYTES: usize = 4 * 1024 * 1024;

/// The maximum size of a record that is stored, with its key, bytes: a plan with all its events has some kilobytes, a route of 10,000
/// points half a megabyte. So the largest piece of a batch is far below what a command may be.
const MAX_RECORD: usize = 64 << 10;
const MAX_ROUTE: usize = 1 << 20;

/// Whether a record may be stored.
///
/// # Errors
/// When it is longer than any that the product writes.
pub(crate) fn fits(topic: Topic, key: Option<&[u8]>, value: Option<&[u8]>) -> Result<(), DecodeError> {
    let max = if topic == Topic::Catalogue { MAX_ROUTE } else { MAX_RECORD };
    let bytes = [key, value].into_iter().flatten().map(<[u8]>::len).sum::<usize>();
    if bytes <= max {
        return Ok(());
    }
    let problem = format!("the record has {bytes} bytes; at most {max} are stored");
    Err(DecodeError::Invalid { topic: topic.name(), field: "value", problem })
}

impl Batch {
    /// Adds a record, unless the batch has a newer one of the same part of the same document.
    pub(crate) fn put(&mut self, record: Record) {
        let Some((part, id, version)) = Part::of(&record) else { return };
        let key = (part, id.to_owned());
        if self.records.get(&key).is_none_or(|(known, _)| *known <= version) {
            self.weight += weight(&record);
            if let Some((_, replaced)) = self.records.insert(key, (version, record)) {
                self.weight -= weight(&replaced);
            }
        }
    }

    /// Adds an unreadable record.
    pub(crate) fn push_dead_letter(&mut self, letter: DeadLetterRecord) {
        self.dead_letter_bytes += letter.value.len();
        self.dead_letters.push(letter);
    }

    /// Notes that a partition has been read up to and including an offset.
    pub(crate) fn reached(&mut self, topic: &str, partition: i32, offset: i64) {
        self.offsets.insert((topic.to_owned(), partition), offset + 1);
    }

    /// Whether reading should wait for writing.
    #[must_use]
    pub(crate) fn is_full(&self) -> bool {
        self.weight + self.dead_letters.len() >= MAX || self.dead_letter_bytes >= MAX_DEAD_LETTER_BYTES
    }

    /// Whether nothing has been read yet.
    #[must_use]
    pub(crate) fn is_empty(&self) -> bool {
        self.offsets.is_empty()
    }

    #[must_use]
    pub(crate) fn dead_letters(&self) -> &[DeadLetterRecord] {
        &self.dead_letters
    }

    /// The next offset of each partition, once all is written.
    #[must_use]
    pub(crate) const fn offsets(&self) -> &BTreeMap<(String, i32), i64> {
        &self.offsets
    }

    /// Drains the records, in chunks that fit one command.
    #[must_use]
    pub(crate) fn chunks(&mut self) -> Vec<(Part, Vec<Record>)> {
        let mut chunks: Vec<(Part, Vec<Record>)> = Vec::new();
        let mut open: HashMap<Part, Vec<Record>> = HashMap::new();
        self.weight = 0;
        for ((part, _), (_, record)) in self.records.drain() {
            let open = open.entry(part).or_default();
            if open.len() == part.max_statements() {
                chunks.push((part, std::mem::take(open)));
            }
            open.push(record);
        }
        chunks.extend(open);
        // Routes and plans first, so that a delivery that is queried in between has a name.
        chunks.sort_by_key(|(part, _)| match part {
            Part::Route => 0,
            Part::Plan => 1,
            Part::State => 2,
            Part::Erased => 3,
        });
        chunks
    }
}

fn weight(record: &Record) -> usize {
    match record {
        Record::Route { route: Some(route), .. } => 1 + route.path.len() / POINTS,
        _ => 1,
    }
}

#[cfg(test)]
#[path = "tests/batch.rs"]
mod tests;
