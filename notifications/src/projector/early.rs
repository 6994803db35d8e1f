//! States of deliveries whose plan was not read yet: held for a while, in memory. Pure.
//!
//! Most are of deliveries that are nobody's, which have no place in the database. A plan that is news comes before its states, but topics are
//! read side by side, so a state may be faster. As long as one is held, the offset of its record is not committed: if the process is killed,
//! it is read again.

use std::collections::HashMap;

use delivery_kafka::NextOffsets;
use delivery_messages::Millis;

use super::kind::Kinds;
use crate::group::Record;

/// How long a state is held, milliseconds.
pub(crate) const HOLD: Millis = 60_000;
/// The maximum number of deliveries whose states are held. Those beyond are taken for nobody's at once.
const MAX: usize = 20_000;

/// The states of one delivery.
#[derive(Clone, Debug)]
struct Held {
    kinds: Kinds,
    /// Where the first of them is.
    name: String,
    partition: i32,
    offset: i64,
    since: Millis,
}

/// What is held, by delivery.
#[derive(Clone, Debug, Default)]
pub(crate) struct Early(HashMap<String, Held>);

impl Early {
    /// Holds what a state tells, unless that is nothing.
    pub(crate) fn hold(&mut self, delivery: &str, kinds: Kinds, record: &Record, now: Millis) {
        if let Some(held) = self.0.get_mut(delivery) {
            held.kinds.extend(kinds);
        } else if !kinds.is_empty() && self.0.len() < MAX {
            let Record { name, partition, offset, .. } = record;
            let held = Held { kinds, name: name.clone(), partition: *partition, offset: *offset, since: now };
            self.0.insert(delivery.to_owned(), held);
        }
    }

    /// What was held of a delivery, whose plan has come.
    pub(crate) fn take(&mut self, delivery: &str) -> Kinds {
        self.0.remove(delivery).map(|held| held.kinds).unwrap_or_default()
    }

    /// Drops what was held long enough: no plan has come, so it is nobody's.
    pub(crate) fn expire(&mut self, now: Millis) {
        self.0.retain(|_, held| now.saturating_sub(held.since) < HOLD);
    }

    /// Drops everything: other partitions are read from now on.
    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }

    /// Takes back offsets that are not to be committed yet.
    pub(crate) fn hold_back(&self, offsets: &mut NextOffsets) {
        for held in self.0.values() {
            if let Some(next) = offsets.get_mut(&(held.name.clone(), held.partition)) {
                *next = held.offset.min(*next);
            }
        }
    }
}

#[cfg(test)]
#[path = "tests/early.rs"]
mod tests;
