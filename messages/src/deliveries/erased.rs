//! `delivery.erased`: the list of erased ids. The record's key is the id; a tombstone takes it off the list.
//!
//! The list keeps a replay of the log from bringing back what was erased, so it must live as long as the log. It holds no personal
//! data: ids and times only.

use std::collections::HashSet;
use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Millis;

/// What an erased id identifies.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Of {
    /// A delivery.
    #[default]
    Delivery,
    /// A start request: its `requestId`, else where its record is, as `topic/partition/offset`; also the id of its document in
    /// an index, `topic+partition+offset`.
    Request,
}

/// An erased id, as long as this is the newest record of its key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Erased {
    /// When the erasure was requested.
    pub erased_at: Millis,
    /// What the key identifies.
    #[serde(default)]
    pub of: Of,
}

/// The erased ids, read from the topic. Only hashes are kept: a million ids take some 16 MiB.
#[derive(Clone, Debug, Default)]
pub struct ErasedIds(HashSet<u64>);

impl ErasedIds {
    /// Takes a record of an id: it is erased, or is no longer. True if it was not erased before and is now.
    pub fn take(&mut self, id: &str, erased: bool) -> bool {
        if erased {
            return self.0.insert(hash(id));
        }
        self.0.remove(&hash(id));
        false
    }

    /// Whether an id is erased.
    #[must_use]
    pub fn contains(&self, id: &str) -> bool {
        self.contains_hash(hash(id))
    }

    /// Whether the id of this [`hash`] is erased.
    #[must_use]
    pub fn contains_hash(&self, hash: u64) -> bool {
        self.0.contains(&hash)
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// A hash to keep where the id itself would take too much room. Valid within one process only.
#[must_use]
pub fn hash(id: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    id.hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
#[path = "tests/erased.rs"]
mod tests;
