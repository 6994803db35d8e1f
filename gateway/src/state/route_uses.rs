//! Which deliveries of the table drive which revision of a route, and which paths inside Deliveries none of them drives.
//!
//! Pure. `route.catalogue` has such a path for as long as `delivery.plan` has the plan of its delivery, long after that has ended, and there may be
//! a million of them. Nobody needs one in the meantime: whoever starts a delivery on the same path again writes it again just before
//! the plan.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use delivery_messages::Millis;

/// How long a path that no delivery drives is kept, milliseconds: its record comes before the plan that needs it.
pub(super) const KEEP_IDLE: Millis = 5 * 60_000;

/// The deliveries by the key of their route revision, and the keys of the paths that none has.
#[derive(Debug, Default)]
pub(super) struct RouteUses {
    deliveries: HashMap<Arc<str>, HashSet<Arc<str>>>,
    /// Since when, once [`RouteUses::expire`] has seen it.
    idle: HashMap<Arc<str>, Option<Millis>>,
}

impl RouteUses {
    /// A delivery drives a revision.
    pub(super) fn begin(&mut self, route: &str, delivery: &Arc<str>) {
        self.idle.remove(route);
        if let Some(deliveries) = self.deliveries.get_mut(route) {
            deliveries.insert(Arc::clone(delivery));
        } else {
            self.deliveries.insert(route.into(), HashSet::from([Arc::clone(delivery)]));
        }
    }

    /// It no longer does. Whether it was the last.
    pub(super) fn end(&mut self, route: &str, delivery: &str) -> bool {
        let Some(deliveries) = self.deliveries.get_mut(route) else { return false };
        let is_last = deliveries.remove(delivery) && deliveries.is_empty();
        if is_last {
            self.deliveries.remove(route);
        }
        is_last
    }

    /// The deliveries that drive a revision.
    pub(super) fn of(&self, route: &str) -> Vec<Arc<str>> {
        self.deliveries.get(route).into_iter().flatten().cloned().collect()
    }

    pub(super) fn is_used(&self, route: &str) -> bool {
        self.deliveries.contains_key(route)
    }

    /// No delivery drives this path now, or yet.
    pub(super) fn rest(&mut self, path: &str) {
        self.idle.insert(path.into(), None);
    }

    /// A revision has left the catalogue.
    pub(super) fn forget(&mut self, route: &str) {
        self.idle.remove(route);
    }

    /// The paths that have been idle for [`KEEP_IDLE`]; they do not count any more.
    pub(super) fn expire(&mut self, now: Millis) -> Vec<Arc<str>> {
        let is_over = |since: &mut Option<Millis>| since.get_or_insert(now).saturating_add(KEEP_IDLE) <= now;
        self.idle.extract_if(|_, since| is_over(since)).map(|(path, _)| path).collect()
    }
}
