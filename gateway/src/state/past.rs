//! The ids of deliveries that have ended and left the table, so that a late record does not bring one back to life.
//!
//! Bounded: of more than [`MAX`] the oldest are forgotten, which only a record older than all of those could notice.

use std::collections::{HashSet, VecDeque};
use std::sync::Arc;

/// The most ids that are remembered; about 100 bytes each.
pub const MAX: usize = 200_000;

/// A bounded set of ids.
#[derive(Debug, Default)]
pub struct Past {
    ids: HashSet<Arc<str>>,
    order: VecDeque<Arc<str>>,
}

impl Past {
    /// Remembers an id.
    pub fn insert(&mut self, id: Arc<str>) {
        if !self.ids.insert(Arc::clone(&id)) {
            return;
        }
        self.order.push_back(id);
        if self.order.len() > MAX
            && let Some(oldest) = self.order.pop_front()
        {
            self.ids.remove(&oldest);
        }
    }

    /// Forgets an id; whether it was remembered. Its place in the order goes when its turn comes.
    pub fn remove(&mut self, id: &str) -> bool {
        self.ids.remove(id)
    }

    /// Whether an id is remembered.
    #[must_use]
    pub fn contains(&self, id: &str) -> bool {
        self.ids.contains(id)
    }
}

#[cfg(test)]
#[path = "tests/past.rs"]
mod tests;
