//! What `route.catalogue` holds: every revision of every route that is, or may be, driven.
//!
//! The table keeps no paths: it says what the topic has, so that nothing is written twice. A path that is wanted again (the revision
//! of a delivery under way, whose route has changed since) is read from the topic.

use crate::log::{Log, WriteError};
use crate::states;
use delivery_kafka::{Event, KafkaConfig, ReadError, Reader, Start};
use delivery_messages::{Route, Topic, partitioner};
use rdkafka::{Message, Offset};
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

/// What the topic says of one revision.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Entry {
    namespace: String,
    name: String,
    version: u64,
    title: String,
    listed: bool,
}

/// The revisions that the topic holds, by key.
#[derive(Debug, Default)]
pub struct Catalogue(Mutex<HashMap<String, Entry>>);

impl Catalogue {
    /// Takes what the topic holds.
    pub fn read(&self, key: &str, route: &Route) {
        let mut entries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        entries.insert(key.to_owned(), entry(route));
    }

    /// Forgets a revision whose record was removed from the topic.
    pub fn removed(&self, key: &str) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(key);
    }

    /// The route as it is to be written; `None` when the topic says all of it.
    ///
    /// Versions grow per name, so that the newest revision is known even after a route was deleted and made again.
    #[must_use]
    pub fn missing(&self, route: &Route) -> Option<Route> {
        let entries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
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
        let entries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let listed = entries
            .iter()
            .filter(|(key, entry)| entry.listed && namespaces.contains(&entry.namespace) && !current(key));
        listed.map(|(key, _)| key.clone()).collect()
    }
}

fn entry(route: &Route) -> Entry {
    Entry {
        namespace: route.namespace.clone(),
        name: route.name.clone(),
        version: route.version,
        title: route.title.clone(),
        listed: route.listed,
    }
}

/// Makes sure that the topic holds a route.
///
/// # Errors
/// When Kafka does not take it.
pub async fn ensure(catalogue: &Catalogue, log: &Log, route: &Route) -> Result<(), WriteError> {
    if let Some(missing) = catalogue.missing(route) {
        let key = missing.key();
        log.write(Topic::Catalogue, &key, &missing).await?;
        catalogue.read(&key, &missing);
    }
    Ok(())
}

/// Reads the topic to its end into the table.
///
/// # Errors
/// When Kafka refuses and waiting will not help.
pub async fn read_all(config: &KafkaConfig, catalogue: &Catalogue) -> Result<(), ReadError> {
    let (reader, _) = states::open(config, Topic::Catalogue, "operator-catalogue").await?;
    reader
        .read_to_end(|record| {
            let Some(key) = record.key().and_then(|key| std::str::from_utf8(key).ok()) else { return };
            match record.payload().map(|value| delivery_messages::decode::<Route>(Topic::Catalogue, Some(value))) {
                Some(Ok(route)) => catalogue.read(key, &route),
                Some(Err(error)) => tracing::warn!(key, %error, "A record of route.catalogue is left out."),
                None => catalogue.removed(key),
            }
        })
        .await
}

/// Reads one revision from the topic; `None` when it is not there.
///
/// # Errors
/// When Kafka refuses and waiting will not help.
pub async fn read_one(config: &KafkaConfig, key: &str) -> Result<Option<Route>, ReadError> {
    let (topic, purpose) = (config.topic(Topic::Catalogue), "operator-catalogue");
    let count = delivery_kafka::reader::partitions(config, purpose, &topic).await?;
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
        catalogue.read(&first.key(), &first);
        assert_eq!(catalogue.missing(&first), None);
        let renamed = Route { title: "O primeiro".to_owned(), version: 2, ..first };
        assert_eq!(catalogue.missing(&renamed), Some(renamed));
    }

    #[test]
    fn versions_grow_even_when_a_route_is_made_again() {
        let catalogue = Catalogue::default();
        catalogue.read(&route("a", 7).key(), &Route { listed: false, ..route("a", 7) });
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
            catalogue.read(&route(revision, 1).key(), &route(revision, 1));
        }
        catalogue.read("shop/x@c", &Route { listed: false, ..route("c", 1) });
        let namespaces = ["shop".to_owned()];
        assert_eq!(catalogue.outdated(&namespaces, |key| key == "shop/primeiro@b"), ["shop/primeiro@a"]);
        assert_eq!(catalogue.outdated(&[], |_| false), Vec::<String>::new());
    }
}
