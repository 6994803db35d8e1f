//! The routes: every revision that is or may be in use, and which of them a new delivery can be started on.
//!
//! Pure: a fold of `route.catalogue`. Deliveries find the revision that they drive whatever its namespace is; listed are only
//! routes that a start request can mean, as the operator decides it: DeliveryRoutes of the one namespace for requests.

use std::collections::{BTreeMap, HashMap};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::sync::{Arc, OnceLock};

use delivery_messages::Route;
use delivery_messages::deliveries::catalogue::title_of;
use delivery_motion::{Model, Path};

/// All revisions of all routes. A clone shares the routes.
#[derive(Clone, Debug, Default)]
pub(crate) struct Catalogue {
    revisions: HashMap<String, Revision>,
    listed: BTreeMap<String, Arc<Route>>,
    /// The namespace in which start requests become Deliveries; none: any.
    namespace: Option<Arc<str>>,
}

#[derive(Clone, Debug)]
struct Revision {
    route: Arc<Route>,
    /// The length of its path in metres, as simulators measure it, once it has been asked for; none of a path that cannot be
    /// driven.
    length: OnceLock<Option<f64>>,
}

impl Catalogue {
    /// One that lists the routes of a namespace.
    pub(crate) fn of_namespace(namespace: Option<&str>) -> Self {
        Self { namespace: namespace.map(Arc::from), ..Self::default() }
    }

    /// Adds a revision; an older record of the same one changes nothing. Returns whether anything changed; then
    /// [`Catalogue::settle`] must follow, once for any number of changes.
    pub(crate) fn put(&mut self, key: &str, route: Arc<Route>) -> bool {
        if self
            .revisions
            .get(key)
            .is_some_and(|Revision { route: known, .. }| known.version > route.version || *known == route)
        {
            return false;
        }
        self.revisions.insert(key.to_owned(), Revision { route, length: OnceLock::new() });
        true
    }

    /// Removes a revision. Returns whether it was known; then [`Catalogue::settle`] must follow.
    pub(crate) fn remove(&mut self, key: &str) -> bool {
        self.revisions.remove(key).is_some()
    }

    /// A revision by the key that a plan names.
    pub(crate) fn revision(&self, key: &str) -> Option<&Arc<Route>> {
        self.revisions.get(key).map(|revision| &revision.route)
    }

    /// The `seq` of the last position of a delivery with that model on a revision; none when the revision is not known, or
    /// cannot be driven.
    pub(crate) fn last_seq(&self, key: &str, model: &Model) -> Option<u64> {
        let Revision { route, length } = self.revisions.get(key)?;
        let measure = || Path::new(&route.path).ok().map(|path| path.length_meters());
        model.last_seq(route.path.len(), (*length.get_or_init(measure))?).ok()
    }

    /// The route of a new delivery with this `routeId`.
    pub(crate) fn route(&self, id: &str) -> Option<&Arc<Route>> {
        self.listed.get(id)
    }

    /// The routes that a delivery can be started on, by `id`.
    pub(crate) fn routes(&self) -> impl Iterator<Item = &Arc<Route>> {
        self.listed.values()
    }

    /// Changes with what is listed, and is the same at every replica that lists the same.
    pub(crate) fn fingerprint(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        for route in self.listed.values() {
            (&route.id, &route.title, route.key()).hash(&mut hasher);
        }
        hasher.finish()
    }

    /// The title of the route of that revision; as [`title_of`] its `routeId` when the revision is not known.
    pub(crate) fn title(&self, key: &str, route_id: &str) -> Arc<str> {
        self.revision(key).map_or_else(|| title_of(route_id), |route| route.title.as_str()).into()
    }

    /// Chooses which routes are listed: of the namespace for requests the newest revision of each DeliveryRoute that is offered;
    /// of two with the same `id`, the first by namespace and name. A revision that is withdrawn gets the greatest version of all.
    pub(crate) fn settle(&mut self) {
        let mut newest: BTreeMap<(&str, &str), &Arc<Route>> = BTreeMap::new();
        let in_reach = |route: &Route| self.namespace.as_deref().is_none_or(|namespace| route.namespace == namespace);
        // A path inside a Delivery may have the name of a route, and then its records have greater versions.
        let routes = self.revisions.values().map(|revision| &revision.route);
        for route in routes.filter(|route| route.listed && in_reach(route) && !route.is_inline()) {
            let chosen = newest.entry((&route.namespace, &route.name)).or_insert(route);
            if (chosen.version, &chosen.revision) < (route.version, &route.revision) {
                *chosen = route;
            }
        }
        let mut listed = BTreeMap::new();
        for route in newest.into_values() {
            listed.entry(route.id.clone()).or_insert_with(|| Arc::clone(route));
        }
        self.listed = listed;
    }
}

#[cfg(test)]
#[path = "tests/catalogue.rs"]
mod tests;
