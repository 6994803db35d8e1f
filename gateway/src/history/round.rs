//! What the history writer has read and not yet written: the newest of each half of each document.
//!
//! Pure. A round remembers how far in Kafka it reaches; that may be committed when all of it is written.

use super::statements::Statement;
use std::collections::{BTreeMap, HashMap};

/// The most statements in a round; then reading waits for writing.
pub const MAX: usize = 10_000;

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
    statements: HashMap<(&'static str, &'static str, String), Statement>,
    letters: Vec<BadLetter>,
    offsets: BTreeMap<(String, i32), i64>,
}

impl Round {
    /// Takes a statement in, unless a newer one of the same half of the same document is there.
    pub fn put(&mut self, statement: Statement) {
        let (collection, guard, id) = statement.key();
        let key = (collection, guard, id.to_owned());
        match self.statements.get(&key) {
            Some(known) if !statement.is_newer_than(known) => {}
            _ => drop(self.statements.insert(key, statement)),
        }
    }

    /// Takes a bad record in.
    pub fn give_up(&mut self, letter: BadLetter) {
        self.letters.push(letter);
    }

    /// Remembers that a partition has been read up to an offset.
    pub fn reached(&mut self, topic: &str, partition: i32, offset: i64) {
        self.offsets.insert((topic.to_owned(), partition), offset + 1);
    }

    /// Whether reading should wait for writing.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.statements.len() + self.letters.len() >= MAX
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

    /// The statements in pieces of at most `size`, each of one collection.
    #[must_use]
    pub fn pieces(&mut self, size: usize) -> Vec<(&'static str, Vec<Statement>)> {
        let mut collections: BTreeMap<&'static str, Vec<Statement>> = BTreeMap::new();
        for ((collection, ..), statement) in self.statements.drain() {
            collections.entry(collection).or_default().push(statement);
        }
        let cut = |(collection, statements): (_, Vec<Statement>)| {
            statements.chunks(size.max(1)).map(|piece| (collection, piece.to_vec())).collect::<Vec<_>>()
        };
        collections.into_iter().flat_map(cut).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{self, plan_record, route_record, state_record};
    use delivery_messages::StatePhase;

    fn state(id: &str, seq: i64) -> Statement {
        Statement::of(&state_record(testing::state(id, seq, StatePhase::Running), 0)).unwrap()
    }

    #[test]
    fn only_the_newest_of_each_half_is_written() {
        let mut round = Round::default();
        for seq in [1, 5, 3] {
            round.put(state("d1", seq));
        }
        round.put(Statement::of(&plan_record(testing::plan("d1"))).unwrap());
        let pieces = round.pieces(50);
        assert_eq!(pieces.len(), 1);
        assert_eq!(pieces[0].1.len(), 2);
        assert!(pieces[0].1.contains(&state("d1", 5)));
    }

    #[test]
    fn no_piece_is_larger_than_said_and_none_mixes_collections() {
        let mut round = Round::default();
        for number in 0..120 {
            round.put(state(&format!("d{number}"), 0));
        }
        round.put(Statement::of(&route_record(testing::route("1", "Primeiro"))).unwrap());
        let mut sizes: Vec<_> = round.pieces(50).into_iter().map(|(name, piece)| (name, piece.len())).collect();
        sizes.sort_unstable();
        assert_eq!(sizes, [("deliveries", 20), ("deliveries", 50), ("deliveries", 50), ("routes", 1)]);
    }

    #[test]
    fn a_round_is_full_at_its_bound() {
        let mut round = Round::default();
        for number in 0..MAX {
            assert!(!round.is_full());
            round.put(state(&number.to_string(), 0));
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
