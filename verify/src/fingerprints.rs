//! Fingerprints of one delivery's positions by seq: a few bytes each, however many there are.
//!
//! Two different positions have the same fingerprint once in four billion times.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use delivery_messages::{Millis, NewPosition};

/// Fingerprints per block.
const BLOCK: u64 = 64;
const BLOCK_LENGTH: usize = 64;

/// A fingerprint; never 0.
pub type Fingerprint = u32;

/// Fingerprints by seq.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fingerprints(BTreeMap<u64, Block>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Block {
    /// When the first of them was due, in milliseconds since the Unix epoch.
    starts: Millis,
    prints: Box<[Fingerprint; BLOCK_LENGTH]>,
}

/// The fingerprint of everything that an index stores of a position.
#[must_use]
pub fn fingerprint(position: &NewPosition) -> Fingerprint {
    let NewPosition { position: [lng, lat], at, speed, heading, progress, finished, .. } = position;
    let mut hasher = DefaultHasher::new();
    (at, finished).hash(&mut hasher);
    for number in [lng, lat, speed, heading, progress] {
        number.to_bits().hash(&mut hasher);
    }
    // Any half of the hash will do.
    let [a, b, c, d, ..] = hasher.finish().to_le_bytes();
    Fingerprint::from_le_bytes([a, b, c, d]).max(1)
}

impl Fingerprints {
    /// Adds a position, unless its seq was added before: of several the first one counts, as for every reader of the log.
    /// Returns whether it is the same as the one that counts.
    pub fn add(&mut self, position: &NewPosition) -> bool {
        let fresh = || Block { starts: position.at, prints: Box::new([0; BLOCK_LENGTH]) };
        let block = self.0.entry(position.seq / BLOCK).or_insert_with(fresh);
        let Some(slot) = block.prints.get_mut(index(position.seq)) else { return true };
        let print = fingerprint(position);
        if *slot == 0 {
            *slot = print;
            block.starts = block.starts.min(position.at);
        }
        *slot == print
    }

    /// The fingerprint of a seq, if it was added.
    #[must_use]
    pub fn get(&self, seq: u64) -> Option<Fingerprint> {
        let block = self.0.get(&(seq / BLOCK))?;
        block.prints.get(index(seq)).copied().filter(|print| *print != 0)
    }

    /// Each seq in `from..below` that was added, with the time when its block starts: not later than its own, and less than
    /// a block earlier.
    pub fn between(&self, from: u64, below: u64) -> impl Iterator<Item = (u64, Millis)> {
        // BTreeMap panics on a range that ends before it starts.
        let blocks = self.0.range(from / BLOCK..(below / BLOCK).saturating_add(1).max(from / BLOCK));
        let all = blocks.flat_map(|(number, block)| {
            // Counted within the block: behind the last seq that there can be, no other follows.
            let places = (0..).zip(&*block.prints).filter(|(_, print)| **print != 0);
            places.map(move |(place, _)| (number * BLOCK + place, block.starts))
        });
        all.filter(move |(seq, _)| (from..below).contains(seq))
    }
}

/// The index of a seq in its block.
fn index(seq: u64) -> usize {
    usize::try_from(seq % BLOCK).unwrap_or_default()
}

#[cfg(test)]
#[path = "tests/fingerprints.rs"]
mod tests;
