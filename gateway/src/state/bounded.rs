//! A map of ids that is bounded: beyond a stated number of entries the one that came first is forgotten.
//!
//! Pure.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

/// The newest entries.
#[derive(Debug)]
pub(crate) struct BoundedMap<V> {
    entries: HashMap<Arc<str>, V>,
    order: VecDeque<Arc<str>>,
    max: usize,
}

impl<V> BoundedMap<V> {
    /// An empty one that holds at most `max` entries.
    pub(crate) fn new(max: usize) -> Self {
        Self { entries: HashMap::new(), order: VecDeque::new(), max }
    }

    /// Adds an entry. One that is there already gets the value and keeps its turn.
    pub(crate) fn insert(&mut self, id: Arc<str>, value: V) {
        if self.entries.insert(Arc::clone(&id), value).is_some() {
            return;
        }
        self.order.push_back(id);
        if self.order.len() > self.max
            && let Some(oldest) = self.order.pop_front()
        {
            self.entries.remove(&oldest);
        }
    }

    /// Forgets an entry; whether it was there. Until its turn comes it still counts.
    pub(crate) fn remove(&mut self, id: &str) -> bool {
        self.entries.remove(id).is_some()
    }

    pub(crate) fn get(&self, id: &str) -> Option<&V> {
        self.entries.get(id)
    }

    pub(crate) fn contains(&self, id: &str) -> bool {
        self.entries.contains_key(id)
    }
}

#[cfg(test)]
#[path = "tests/bounded.rs"]
mod tests;
