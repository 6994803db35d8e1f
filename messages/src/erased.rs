//! `delivery.erased`: ids that are forgotten. The record's key is the id; a tombstone takes it off the list.
//!
//! The list is what keeps a replay of the log from bringing back what was erased, so it lives as long as the log does. It says
//! nothing of a person: ids alone, and since when.

use crate::Millis;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::HashSet;
use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};

/// What an erased id is the id of.
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

/// An id that is forgotten, as long as this is the newest record of its key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Erased {
    /// When it was asked for.
    pub erased_at: Millis,
    /// What the key is the id of.
    #[serde(default)]
    pub of: Of,
}

/// The erased ids, as the topic names them. It keeps hashes alone: a million ids are some 16 MiB.
#[derive(Clone, Debug, Default)]
pub struct ErasedIds(HashSet<u64>);

impl ErasedIds {
    /// Takes what the topic says of an id: that it is erased, or not any more. True when it was not known to be erased and is now.
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

/// What is kept of an id where the id itself would take too much room. Good within one process only.
#[must_use]
pub fn hash(id: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    id.hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_erased_until_it_is_taken_off_the_list() {
        let mut ids = ErasedIds::default();
        assert!(ids.take("d1", true));
        assert!(!ids.take("d1", true), "that is no news");
        assert!(ids.contains("d1") && ids.contains_hash(hash("d1")) && !ids.contains("d2"));
        assert!(!ids.take("d1", false));
        assert!(ids.is_empty() && !ids.contains("d1"));
    }

    #[test]
    fn a_record_says_nothing_but_when_and_of_what() {
        let value = serde_json::to_value(Erased { erased_at: 7, of: Of::Request }).unwrap();
        assert_eq!(value, serde_json::json!({"erasedAt": 7, "of": "request"}));
        let short: Erased = serde_json::from_str(r#"{"erasedAt":7}"#).unwrap();
        assert_eq!(short.of, Of::Delivery);
    }
}
