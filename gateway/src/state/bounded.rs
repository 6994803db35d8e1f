//! A bounded map of ids: beyond the maximum number of entries the oldest one is dropped.
//!
//! Pure.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

#[derive(Debug)]
pub(crate) struct BoundedMap<V> {
    entries: HashMap<Arc<str>, V>,
    order: VecDeque<Arc<str>>,
    max: usize,
}

impl<V> BoundedMap<V> {
    /// An empty map of at most `max` entries.
    pub(crate) fn new(max: usize) -> Self {
        Self { entries: HashMap::new(), order: VecDeque::new(), max }
    }

    /// Adds an entry. An existing one gets the new value and keeps its age.
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

    /// Removes an entry; returns whether it existed. It still counts until it would have been dropped.
    pub(crate) fn remove(&mut self, id: &str) -> bool {
        self.entries.remove(id).is_some()
    }

    pub(crate) fn get(&self, id: &str) -> Option<&V> {
        self.entries.get(id)
    }
}

#[cfg(test)]
#[path = "tests/bounded.rs"]
mod tests;
