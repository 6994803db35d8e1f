//! Deliveries that have ended and are not shown any more, for who comes back with an old cursor and asks what their
//! positions are of.
//!
//! Pure and bounded: of more than [`MAX`] the one that came first goes.

use crate::delivery::Delivery;
use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

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
mod tests {
    use super::*;
    use crate::testing::delivery;

    #[test]
    fn the_first_goes_when_there_are_too_many() {
        let mut archive = Archive::default();
        for number in 0..=MAX {
            archive.put(delivery(&number.to_string()));
            archive.put(delivery(&number.to_string()));
        }
        assert!(archive.get("0").is_none());
        assert!(archive.get("1").is_some() && archive.get(&MAX.to_string()).is_some());
        assert_eq!(archive.order.len(), MAX);
    }
}
