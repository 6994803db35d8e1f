//! What the positions of one delivery said, kept as fingerprints by their seq: a few bytes for each, however many there are.
//!
//! Pure. Of two positions that differ, the fingerprints differ but once in four thousand million times.

use delivery_messages::{Millis, NewPosition};
use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};

/// How many fingerprints lie together.
const BLOCK: u64 = 64;
/// The same, as the length of a list.
const LENGTH: usize = 64;

/// A fingerprint; none is 0.
pub type Print = u32;

/// Fingerprints by seq.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Prints(BTreeMap<u64, Block>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Block {
    /// When the first of them was due.
    begins: Millis,
    prints: Box<[Print; LENGTH]>,
}

/// The fingerprint of all that an index keeps of a position.
#[must_use]
pub fn print(position: &NewPosition) -> Print {
    let NewPosition { position: [lng, lat], at, speed, heading, progress, finished, .. } = position;
    let mut hasher = DefaultHasher::new();
    (at, finished).hash(&mut hasher);
    for number in [lng, lat, speed, heading, progress] {
        number.to_bits().hash(&mut hasher);
    }
    // The lower half is as good as any.
    let [a, b, c, d, ..] = hasher.finish().to_le_bytes();
    Print::from_le_bytes([a, b, c, d]).max(1)
}

impl Prints {
    /// Takes a position. Of several with one seq the newest counts, as in an index.
    pub fn add(&mut self, position: &NewPosition) {
        let fresh = || Block { begins: position.at, prints: Box::new([0; LENGTH]) };
        let block = self.0.entry(position.seq / BLOCK).or_insert_with(fresh);
        block.begins = block.begins.min(position.at);
        block.prints[place(position.seq)] = print(position);
    }

    /// The fingerprint of a seq; none of one that did not come.
    #[must_use]
    pub fn get(&self, seq: u64) -> Option<Print> {
        self.0.get(&(seq / BLOCK)).map(|block| block.prints[place(seq)]).filter(|print| *print != 0)
    }

    /// Each seq from one on and below another that came, with a time not after its own and less than a block's length before.
    pub fn between(&self, from: u64, below: u64) -> impl Iterator<Item = (u64, Millis)> {
        // A range whose ends are the wrong way round is refused.
        let blocks = self.0.range(from / BLOCK..(below / BLOCK).saturating_add(1).max(from / BLOCK));
        let all = blocks.flat_map(|(number, block)| {
            let seqs = (number * BLOCK..).zip(&*block.prints);
            seqs.filter(|(_, print)| **print != 0).map(|(seq, _)| (seq, block.begins))
        });
        all.filter(move |(seq, _)| (from..below).contains(seq))
    }

    /// One after the highest seq that came.
    #[must_use]
    pub fn top(&self) -> u64 {
        let highest = self.0.last_key_value().and_then(|(number, block)| {
            let place = block.prints.iter().rposition(|print| *print != 0)?;
            Some(number * BLOCK + u64::try_from(place).unwrap_or_default())
        });
        highest.map_or(0, |highest| highest.saturating_add(1))
    }
}

/// The place of a seq in its block.
fn place(seq: u64) -> usize {
    usize::try_from(seq % BLOCK).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn position(seq: u64) -> NewPosition {
        NewPosition {
            route_id: "1".into(),
            client_id: String::new(),
            position: [-47.929_23, -15.825_94],
            finished: false,
            delivery_id: "d".into(),
            seq,
            at: 1_000 + i64::try_from(seq).unwrap_or_default(),
            speed: 8.5,
            heading: 90.0,
            progress: 0.5,
        }
    }

    #[test]
    fn what_came_is_known_by_its_seq() {
        let mut prints = Prints::default();
        for seq in [0, 1, 63, 64, 200] {
            prints.add(&position(seq));
        }
        let seqs = |from, below| prints.between(from, below).map(|(seq, _)| seq).collect::<Vec<_>>();
        assert_eq!(seqs(0, u64::MAX), [0, 1, 63, 64, 200]);
        assert_eq!(seqs(1, 64), [1, 63]);
        assert_eq!(seqs(64, 64), [0; 0]);
        assert_eq!(seqs(200, 3), [0; 0]);
        assert_eq!(prints.between(63, 65).collect::<Vec<_>>(), [(63, 1_000), (64, 1_064)]);
        assert_eq!((prints.top(), Prints::default().top()), (201, 0));
        assert_eq!((prints.get(2), prints.get(1)), (None, Some(print(&position(1)))));
        prints.add(&position(u64::MAX));
        assert_eq!(prints.top(), u64::MAX, "an absurd seq costs a block and no more");
    }

    #[test]
    fn everything_that_an_index_keeps_is_in_the_print() {
        let one = position(7);
        let others = [
            NewPosition { at: 1_008, ..one.clone() },
            NewPosition { position: [-47.929_23, -15.825_941], ..one.clone() },
            NewPosition { position: [-15.825_94, -47.929_23], ..one.clone() },
            NewPosition { finished: true, ..one.clone() },
            NewPosition { speed: 8.51, ..one.clone() },
            NewPosition { heading: 0.0, ..one.clone() },
            NewPosition { progress: 0.6, ..one.clone() },
        ];
        for other in &others {
            assert_ne!(print(&one), print(other), "{other:?}");
        }
        assert_eq!(print(&one), print(&NewPosition { client_id: "not kept here".into(), ..one.clone() }));
    }
}
