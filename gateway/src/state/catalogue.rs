//! The routes: every revision that is or may be in use, and which of them a new delivery can be started on.
//!
//! Pure: a fold of `route.catalogue`.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use delivery_messages::Route;

/// All revisions of all routes. A clone shares the routes.
#[derive(Clone, Debug, Default)]
pub(crate) struct Catalogue {
    revisions: HashMap<String, Arc<Route>>,
    listed: BTreeMap<String, Arc<Route>>,
}

impl Catalogue {
    /// Adds a revision; an older record of the same one changes nothing. Returns whether anything changed; then
    /// [`Catalogue::settle`] must follow, once for any number of changes.
    pub(crate) fn put(&mut self, key: &str, route: Arc<Route>) -> bool {
        if self.revisions.get(key).is_some_and(|known| known.version > route.version || *known == route) {
            return false;
        }
        self.revisions.insert(key.to_owned(), route);
        true
    }

    /// Removes a revision. Returns whether it was known; then [`Catalogue::settle`] must follow.
    pub(crate) fn remove(&mut self, key: &str) -> bool {
        self.revisions.remove(key).is_some()
    }

    /// A revision by the key that a plan names.
    pub(crate) fn revision(&self, key: &str) -> Option<&Arc<Route>> {
        self.revisions.get(key)
    }

    /// The route of a new delivery with this `routeId`.
    pub(crate) fn route(&self, id: &str) -> Option<&Arc<Route>> {
        self.listed.get(id)
    }

    /// The routes that a delivery can be started on, by `id`.
    pub(crate) fn routes(&self) -> impl Iterator<Item = &Arc<Route>> {
        self.listed.values()
    }

    /// The title of the route of that revision; its `routeId` when the revision is not known.
    pub(crate) fn title(&self, key: &str, route_id: &str) -> Arc<str> {
        self.revisions.get(key).map_or(route_id, |route| &route.title).into()
    }

    /// Chooses which routes are listed: the newest revision of each object, if it is listed; of two objects with the
    /// same `id`, the first by namespace and name.
    pub(crate) fn settle(&mut self) {
        let mut newest: BTreeMap<(&str, &str), &Arc<Route>> = BTreeMap::new();
        for route in self.revisions.values() {
            let chosen = newest.entry((&route.namespace, &route.name)).or_insert(route);
            if (chosen.version, &chosen.revision) < (route.version, &route.revision) {
                *chosen = route;
            }
        }
        let mut listed = BTreeMap::new();
        for route in newest.into_values().filter(|route| route.listed) {
            listed.entry(route.id.clone()).or_insert_with(|| Arc::clone(route));
        }
        self.listed = listed;
    }
}

#[cfg(test)]
#[path = "tests/catalogue.rs"]
mod tests;
