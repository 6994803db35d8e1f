//! What the history writer has read and not yet written: the newest record of each half of each document.
//!
//! Pure. A round remembers how far in Kafka it reaches; that may be committed when all of it is written.

use std::collections::{BTreeMap, HashMap};

use super::statements::Half;
use crate::model::record::Record;

/// The most that a round weighs; then reading waits for writing. A plan or a state weighs 1, which is about half a kilobyte.
pub const MAX: usize = 50_000;
/// So many points of a route weigh as much as a plan.
const POINTS: usize = 32;

/// A record that could not be understood, on its way to `dead-letters`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadLetter {
    /// The key of the dead letter.
    pub key: String,
    /// What is kept of the record.
    pub value: Vec<u8>,
    /// Why, and what else is known.
    pub headers: Vec<(&'static str, String)>,
}

/// What is to be written together.
#[derive(Debug, Default)]
pub struct Round {
    records: HashMap<(Half, String), (u64, Record)>,
    weight: usize,
    letters: Vec<BadLetter>,
    letter_bytes: usize,
    offsets: BTreeMap<(String, i32), i64>,
}

/// The most bytes of bad records in a round.
const MAX_LETTER_BYTES: usize = 4 * 1024 * 1024;

impl Round {
    /// Takes a record in, unless a newer one of the same half of the same document is there.
    pub fn put(&mut self, record: Record) {
        let Some((half, id, version)) = Half::of(&record) else { return };
        let key = (half, id.to_owned());
        if self.records.get(&key).is_none_or(|(known, _)| *known <= version) {
            self.weight += weight(&record);
            if let Some((_, replaced)) = self.records.insert(key, (version, record)) {
                self.weight -= weight(&replaced);
            }
        }
    }

    /// Takes a bad record in.
    pub fn give_up(&mut self, letter: BadLetter) {
        self.letter_bytes += letter.value.len();
        self.letters.push(letter);
    }

    /// Remembers that a partition has been read up to an offset.
    pub fn reached(&mut self, topic: &str, partition: i32, offset: i64) {
        self.offsets.insert((topic.to_owned(), partition), offset + 1);
    }

    /// Whether reading should wait for writing.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.weight + self.letters.len() >= MAX || self.letter_bytes >= MAX_LETTER_BYTES
    }

    /// Whether nothing has been read.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.offsets.is_empty()
    }

    /// The bad records.
    #[must_use]
    pub fn letters(&self) -> &[BadLetter] {
        &self.letters
    }

    /// The next offset of each partition, once all is written.
    #[must_use]
    pub const fn offsets(&self) -> &BTreeMap<(String, i32), i64> {
        &self.offsets
    }

    /// Takes the records out, in pieces that one command may carry.
    #[must_use]
    pub fn pieces(&mut self) -> Vec<(Half, Vec<Record>)> {
        let mut pieces: Vec<(Half, Vec<Record>)> = Vec::new();
        let mut open: HashMap<Half, usize> = HashMap::new();
        self.weight = 0;
        for ((half, _), (_, record)) in self.records.drain() {
            let place = open.get(&half).copied().filter(|place| pieces[*place].1.len() < half.most());
            let place = place.unwrap_or_else(|| {
                pieces.push((half, Vec::with_capacity(half.most())));
                open.insert(half, pieces.len() - 1);
                pieces.len() - 1
            });
            pieces[place].1.push(record);
        }
        // Routes and plans first, so that what is read in between has a name.
        pieces.sort_by_key(|(half, _)| match half {
            Half::Route => 0,
            Half::Plan => 1,
            Half::State => 2,
            Half::Erased => 3,
        });
        pieces
    }
}

fn weight(record: &Record) -> usize {
    match record {
        Record::Route { route: Some(route), .. } => 1 + route.path.len() / POINTS,
        _ => 1,
    }
}

#[cfg(test)]
#[path = "tests/round.rs"]
mod tests;
