//! Deliveries that have ended and are not shown any more, for who comes back with an old cursor and asks what their
//! positions are of.
//!
//! Pure and bounded: of more than [`MAX`] the one that came first goes.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use crate::model::delivery::Delivery;

/// The most that are kept; about 700 bytes each.
pub const MAX: usize = 10_000;

/// The last deliveries that have ended.
#[derive(Debug, Default)]
pub struct Archive {
    deliveries: HashMap<Arc<str>, Delivery>,
    order: VecDeque<Arc<str>>,
}

impl Archive {
    /// Keeps a delivery.
    pub fn put(&mut self, delivery: Delivery) {
        let id: Arc<str> = delivery.about.delivery_id.as_str().into();
        if self.deliveries.insert(Arc::clone(&id), delivery).is_some() {
            return;
        }
        self.order.push_back(id);
        if self.order.len() > MAX
            && let Some(oldest) = self.order.pop_front()
        {
            self.deliveries.remove(&oldest);
        }
    }

    /// Forgets a delivery. Its place in the order goes when its turn comes.
    pub fn remove(&mut self, id: &str) {
        self.deliveries.remove(id);
    }

    /// A delivery.
    #[must_use]
    pub fn get(&self, id: &str) -> Option<&Delivery> {
        self.deliveries.get(id)
    }
}

#[cfg(test)]
#[path = "tests/archive.rs"]
mod tests;
