//! What `route.catalogue` holds: every revision of every route that is, or may be, driven.
//!
//! The table keeps no paths: it says what the topic has, so that nothing is written twice. A path that is wanted again (the revision
//! of a delivery under way, whose route has changed since) is read from the topic.

use crate::log::{Log, WriteError};
use crate::retention::Retention;
use delivery_kafka::{Event, KafkaConfig, ReadError, Reader, Start};
use delivery_messages::{Millis, Route, Topic, partitioner};
use rdkafka::{Message, Offset};
use std::collections::{HashMap, HashSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// What the topic says of one revision.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Entry {
    namespace: String,
    name: String,
    version: u64,
    title: String,
    listed: bool,
    /// When the broker took its record; unknown until it was read.
    at: Option<Millis>,
}

/// The revisions that the topic holds, by key.
#[derive(Debug, Default)]
pub struct Catalogue {
    entries: Mutex<HashMap<String, Entry>>,
    /// Who writes the topic has this, so that a revision is not removed while somebody begins to need it.
    writing: tokio::sync::Mutex<()>,
}

impl Catalogue {
    fn lock(&self) -> MutexGuard<'_, HashMap<String, Entry>> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes what the topic holds since that time.
    pub fn read(&self, key: &str, route: &Route, at: Option<Millis>) {
        self.lock().insert(key.to_owned(), entry(route, at));
    }

    /// Forgets a revision whose record was removed from the topic.
    pub fn removed(&self, key: &str) {
        self.lock().remove(key);
    }

    /// The route as it is to be written; `None` when the topic says all of it.
    ///
    /// Versions grow per name, so that the newest revision is known even after a route was deleted and made again.
    #[must_use]
    pub fn missing(&self, route: &Route) -> Option<Route> {
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
        let version = greatest.map_or(route.version, |greatest| route.version.max(greatest + 1));
        Some(Route { version, ..route.clone() })
    }

    /// The keys of listed revisions in these namespaces that are not among `current`.
    #[must_use]
    pub fn outdated(&self, namespaces: &[String], current: impl Fn(&str) -> bool) -> Vec<String> {
        let entries = self.lock();
        let listed = entries
            .iter()
            .filter(|(key, entry)| entry.listed && namespaces.contains(&entry.namespace) && !current(key));
        listed.map(|(key, _)| key.clone()).collect()
    }

    /// The keys of revisions in these namespaces that have not been offered for so long and that no plan needs.
    #[must_use]
    pub fn expired(
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

/// Makes sure that the topic holds a route. A plan that needs it must be in the table of plans before.
///
/// # Errors
/// When Kafka does not take it.
pub async fn ensure(catalogue: &Catalogue, log: &Log, route: &Route) -> Result<(), WriteError> {
    if catalogue.missing(route).is_none() {
        return Ok(());
    }
    let _alone = catalogue.writing.lock().await;
    if let Some(missing) = catalogue.missing(route) {
        let key = missing.key();
        log.write(Topic::Catalogue, &key, &missing, None).await?;
        catalogue.read(&key, &missing, None);
    }
    Ok(())
}

/// Removes a revision from the topic, unless somebody needs it by now: `needed` tells the keys that plans name.
///
/// # Errors
/// When Kafka does not take it; the revision counts as removed, and who needs it writes it again.
pub async fn remove(
    catalogue: &Catalogue,
    log: &Log,
    key: &str,
    needed: impl FnOnce() -> HashSet<String>,
) -> Result<bool, WriteError> {
    let _alone = catalogue.writing.lock().await;
    // First out of the table: who needs it from now on waits, and then writes it behind the tombstone.
    let Some(entry) = catalogue.lock().remove(key) else { return Ok(false) };
    if needed().contains(key) {
        catalogue.lock().insert(key.to_owned(), entry);
        return Ok(false);
    }
    log.remove(Topic::Catalogue, key).await?;
    Ok(true)
}

/// Reads one revision from the topic; `None` when it is not there.
///
/// # Errors
/// When Kafka refuses and waiting will not help.
pub async fn read_one(config: &KafkaConfig, key: &str) -> Result<Option<Route>, ReadError> {
    let (topic, purpose) = (config.topic(Topic::Catalogue), "operator-catalogue");
    let count = delivery_kafka::partitions::wait(config, purpose, &topic).await?;
    let partition = partitioner::partition(key.as_bytes(), count);
    let reader = Reader::open(config, purpose, &[Start { topic, partition, offset: Offset::Beginning }])?;
    let mut found = None;
    loop {
        match reader.next().await? {
            Event::End { .. } => return Ok(found),
            Event::Record(record) if record.key() == Some(key.as_bytes()) => {
                found = delivery_messages::decode(Topic::Catalogue, record.payload()).ok();
            }
            Event::Record(_) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn route(revision: &str, version: u64) -> Route {
        Route {
            id: "1".to_owned(),
            namespace: "shop".to_owned(),
            name: "primeiro".to_owned(),
            revision: revision.to_owned(),
            version,
            title: "Primeiro".to_owned(),
            path: vec![[0.0, 0.0], [0.0, 1.0]],
            length_meters: 111_195.0,
            listed: true,
        }
    }

    #[test]
    fn what_the_topic_holds_is_not_written_again() {
        let catalogue = Catalogue::default();
        let first = route("a", 1);
        assert_eq!(catalogue.missing(&first), Some(first.clone()));
        catalogue.read(&first.key(), &first, Some(0));
        assert_eq!(catalogue.missing(&first), None);
        let renamed = Route { title: "O primeiro".to_owned(), version: 2, ..first };
        assert_eq!(catalogue.missing(&renamed), Some(renamed));
    }

    #[test]
    fn versions_grow_even_when_a_route_is_made_again() {
        let catalogue = Catalogue::default();
        catalogue.read(&route("a", 7).key(), &Route { listed: false, ..route("a", 7) }, Some(0));
        assert_eq!(catalogue.missing(&route("b", 1)).map(|route| route.version), Some(8));
        assert_eq!(catalogue.missing(&route("a", 1)).map(|route| route.version), Some(8), "the same one again");
        assert_eq!(
            catalogue.missing(&Route { name: "segundo".to_owned(), ..route("b", 1) }).map(|route| route.version),
            Some(1)
        );
    }

    #[test]
    fn revisions_that_nobody_can_start_on_any_more_are_found() {
        let catalogue = Catalogue::default();
        for revision in ["a", "b"] {
            catalogue.read(&route(revision, 1).key(), &route(revision, 1), Some(0));
        }
        catalogue.read("shop/x@c", &Route { listed: false, ..route("c", 1) }, Some(0));
        let namespaces = ["shop".to_owned()];
        assert_eq!(catalogue.outdated(&namespaces, |key| key == "shop/primeiro@b"), ["shop/primeiro@a"]);
        assert_eq!(catalogue.outdated(&[], |_| false), Vec::<String>::new());
    }

    #[test]
    fn a_revision_goes_when_it_is_neither_offered_nor_needed_for_so_long() {
        let catalogue = Catalogue::default();
        let unlisted = |revision: &str| Route { listed: false, ..route(revision, 1) };
        for revision in ["gone", "needed"] {
            catalogue.read(&route(revision, 1).key(), &unlisted(revision), Some(10));
        }
        catalogue.read(&route("young", 1).key(), &unlisted("young"), Some(60));
        catalogue.read(&route("unread", 1).key(), &unlisted("unread"), None);
        catalogue.read(&route("offered", 1).key(), &route("offered", 1), Some(10));
        let expired =
            |namespaces: &[String], now| catalogue.expired(namespaces, Some(100), now, |key| key.ends_with("needed"));
        let namespaces = ["shop".to_owned()];
        assert_eq!(expired(&namespaces, 109), [""; 0]);
        assert_eq!(expired(&namespaces, 110), ["shop/primeiro@gone"]);
        assert_eq!(expired(&[], 110), [""; 0]);
        assert_eq!(catalogue.expired(&namespaces, None, Millis::MAX, |_| false), [""; 0]);
    }
}
