//! What `route.catalogue` holds: every revision of every route that is, or may be, in use.
//!
//! The table keeps no paths, only what is needed to avoid writing a record twice. A path that is needed again (the revision of a
//! running delivery whose route has changed since) is read from the topic.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard};

use delivery_messages::{Millis, Route};
use delivery_observability::locks::lock;

use crate::tables::retention::Retention;

/// What the topic holds of one revision, without its path.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Entry {
    namespace: String,
    name: String,
    version: u64,
    title: String,
    listed: bool,
    /// The broker's time of its record; unknown until it has been read.
    at: Option<Millis>,
}

/// The revisions that the topic holds, by key.
#[derive(Debug, Default)]
pub(crate) struct Catalogue(Mutex<HashMap<String, Entry>>);

impl Catalogue {
    fn lock(&self) -> MutexGuard<'_, HashMap<String, Entry>> {
        lock(&self.0)
    }

    /// Applies a record of that broker time.
    pub(crate) fn apply(&self, key: &str, route: &Route, at: Option<Millis>) {
        self.lock().insert(key.to_owned(), entry(route, at));
    }

    /// Forgets a revision, unless `needed`. Whether it did.
    pub(crate) fn remove_unless(&self, key: &str, needed: impl FnOnce() -> bool) -> bool {
        let Some(entry) = self.lock().remove(key) else { return false };
        // Asked after the removal: if a plan needs the revision from now on, it is written again.
        if needed() {
            self.lock().insert(key.to_owned(), entry);
            return false;
        }
        true
    }

    /// The route as it must be written; `None` when the topic holds it already.
    ///
    /// Versions grow per name, so that the newest revision is known even after a route was deleted and recreated.
    #[must_use]
    pub(crate) fn missing(&self, route: &Route) -> Option<Route> {
        let entries = self.lock();
        let held = entries.get(&route.key());
        if held.is_some_and(|held| held.title == route.title && held.listed == route.listed) {
            return None;
        }
        let greatest = entries
            .values()
            .filter(|other| (&other.namespace, &other.name) == (&route.namespace, &route.name))
            .map(|other| other.version)
            .max();
        let version = greatest.map_or(route.version, |greatest| route.version.max(greatest.saturating_add(1)));
        Some(Route { version, ..route.clone() })
    }

    /// The route as it is written again: with the version that the topic holds, if it does.
    #[must_use]
    pub(crate) fn repeated(&self, route: &Route) -> Route {
        let held = self.lock().get(&route.key()).map(|held| held.version);
        Route { version: held.unwrap_or(route.version), ..route.clone() }
    }

    /// The keys of listed revisions in these namespaces that are not among `current`.
    #[must_use]
    pub(crate) fn outdated(&self, namespaces: &[String], current: impl Fn(&str) -> bool) -> Vec<String> {
        let entries = self.lock();
        let listed = entries
            .iter()
            .filter(|(key, entry)| entry.listed && namespaces.contains(&entry.namespace) && !current(key));
        listed.map(|(key, _)| key.clone()).collect()
    }

    /// The keys of revisions in these namespaces that have not been offered for `kept` and that no plan needs.
    #[must_use]
    pub(crate) fn expired(
        &self,
        namespaces: &[String],
        kept: Option<Millis>,
        now: Millis,
        needed: impl Fn(&str) -> bool,
    ) -> Vec<String> {
        let entries = self.lock();
        let expired = entries.iter().filter(|(key, entry)| {
            !entry.listed
                && namespaces.contains(&entry.namespace)
                && Retention::is_over(kept, entry.at, now)
                && !needed(key)
        });
        expired.map(|(key, _)| key.clone()).collect()
    }
}

fn entry(route: &Route, at: Option<Millis>) -> Entry {
    Entry {
        namespace: route.namespace.clone(),
        name: route.name.clone(),
        version: route.version,
        title: route.title.clone(),
        listed: route.listed,
        at,
    }
}

#[cfg(test)]
#[path = "tests/catalogue.rs"]
mod tests;
