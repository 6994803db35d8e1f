//! What the history writer has read and not yet written: the newest record of each half of each document.
//!
//! Pure. A round remembers how far in Kafka it reaches; that may be committed when all of it is written.

use super::statements::Half;
use crate::record::Record;
use std::collections::{BTreeMap, HashMap};

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
mod tests {
    use super::*;
    use crate::testing::{self, plan_record, position_record, route_record, state_record};
    use delivery_messages::{Route, StatePhase};

    fn state(id: &str, seq: i64) -> Record {
        state_record(testing::state(id, seq, StatePhase::Running), 0)
    }

    #[test]
    fn only_the_newest_of_each_half_is_written() {
        let mut round = Round::default();
        for seq in [1, 5, 3] {
            round.put(state("d1", seq));
        }
        round.put(plan_record(testing::plan("d1")));
        round.put(position_record(testing::position("d1", 7, false), 0));
        let pieces = round.pieces();
        let [(Half::Plan, plans), (Half::State, states)] = pieces.as_slice() else { panic!("{pieces:?}") };
        assert_eq!((plans.len(), states.len()), (1, 1));
        assert_eq!(Half::of(&states[0]), Some((Half::State, "d1", 12)));
    }

    #[test]
    fn no_piece_is_larger_than_a_command_may_be() {
        let mut round = Round::default();
        for number in 0..120 {
            round.put(state(&format!("d{number}"), 0));
        }
        for number in 0..7 {
            round.put(route_record(testing::route(&number.to_string(), "Primeiro")));
        }
        let sizes: Vec<_> = round.pieces().into_iter().map(|(half, piece)| (half, piece.len())).collect();
        let expected = [(Half::Route, 5), (Half::Route, 2), (Half::State, 50), (Half::State, 50), (Half::State, 20)];
        assert_eq!(sizes, expected);
        assert!(round.pieces().is_empty());
    }

    #[test]
    fn a_round_is_full_at_its_bounds() {
        let mut round = Round::default();
        for number in 0..MAX {
            assert!(!round.is_full());
            round.put(state(&number.to_string(), 0));
        }
        assert!(round.is_full());
        round.put(state("0", 1));
        assert_eq!(round.weight, MAX, "a newer one takes the place of an older one");
        let mut round = Round::default();
        let long = Route { path: vec![[0.0, 0.0]; 10_000], ..testing::route("1", "Primeiro") };
        for version in 0..160 {
            assert!(!round.is_full());
            round.put(route_record(Route { name: version.to_string(), ..long.clone() }));
        }
        assert!(round.is_full());
        let mut round = Round::default();
        for _ in 0..MAX_LETTER_BYTES / (64 * 1024) {
            assert!(!round.is_full());
            round.give_up(BadLetter { key: String::new(), value: vec![0; 64 * 1024], headers: Vec::new() });
        }
        assert!(round.is_full());
    }

    #[test]
    fn a_partition_is_committed_after_the_last_record_that_was_read() {
        let mut round = Round::default();
        assert!(round.is_empty());
        round.reached("delivery.plan", 2, 40);
        round.reached("delivery.plan", 2, 41);
        assert_eq!(round.offsets().get(&("delivery.plan".to_owned(), 2)), Some(&42));
    }
}
