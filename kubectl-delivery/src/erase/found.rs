//! What was found of a person: deliveries, the places that know them, and the ids of requests. Pure.

use delivery_messages::Millis;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// Where something was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Place {
    /// There is an object.
    Kubernetes,
    /// There is a plan, or a request.
    Kafka,
    /// The gateway lists it: it is in its memory, or in `MongoDB`.
    History,
    /// It is in Elasticsearch.
    Index,
}

impl Place {
    /// The name, as it is shown.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Kubernetes => "Kubernetes",
            Self::Kafka => "Kafka",
            Self::History => "history",
            Self::Index => "index",
        }
    }
}

/// A delivery of a person.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Subject {
    /// Its id.
    pub delivery_id: String,
    /// The namespace of its object, where that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub namespace: Option<String>,
    /// The name of its object, where that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// When it was made.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created_at: Option<Millis>,
    /// The request that it came from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
    /// Where it was found.
    pub places: BTreeSet<Place>,
}

/// One thing that was found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Found {
    /// A delivery.
    Delivery(Subject),
    /// A request, by each id that it has.
    Request(String),
}

/// All that was found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Findings {
    deliveries: BTreeMap<String, Subject>,
    requests: BTreeSet<String>,
}

impl Findings {
    /// Adds what was found; the same delivery in another place is the same.
    pub fn add(&mut self, found: Found) {
        match found {
            Found::Request(id) => {
                self.requests.extend(document_id(&id));
                self.requests.insert(id);
            }
            Found::Delivery(subject) => {
                if let Some(request) = subject.request_id.clone() {
                    self.add(Found::Request(request));
                }
                let known = self.deliveries.entry(subject.delivery_id.clone()).or_default();
                known.places.extend(&subject.places);
                let Subject { delivery_id, namespace, name, created_at, request_id, .. } = subject;
                known.delivery_id = delivery_id;
                known.namespace = known.namespace.take().or(namespace);
                known.name = known.name.take().or(name);
                known.created_at = known.created_at.take().or(created_at);
                known.request_id = known.request_id.take().or(request_id);
            }
        }
    }

    /// The deliveries, by their ids.
    #[must_use]
    pub fn deliveries(&self) -> impl ExactSizeIterator<Item = &Subject> {
        self.deliveries.values()
    }

    /// The ids of the deliveries.
    #[must_use]
    pub fn delivery_ids(&self) -> Vec<String> {
        self.deliveries.keys().cloned().collect()
    }

    /// The ids of the requests: what identifies them, and those of their documents.
    #[must_use]
    pub fn request_ids(&self) -> Vec<String> {
        self.requests.iter().cloned().collect()
    }

    /// When the first of them was made; none when that is not known of all.
    #[must_use]
    pub fn earliest(&self) -> Option<Millis> {
        let times: Option<Vec<_>> = self.deliveries.values().map(|subject| subject.created_at).collect();
        times?.into_iter().min()
    }

    /// Whether there is nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.deliveries.is_empty() && self.requests.is_empty()
    }

    /// What is here and not there.
    #[must_use]
    pub fn without(&self, other: &Self) -> Self {
        let deliveries = self.deliveries.iter().filter(|(id, _)| !other.deliveries.contains_key(*id));
        Self {
            deliveries: deliveries.map(|(id, subject)| (id.clone(), subject.clone())).collect(),
            requests: self.requests.difference(&other.requests).cloned().collect(),
        }
    }

    /// Takes all of another in.
    pub fn merge(&mut self, other: Self) {
        other.deliveries.into_values().for_each(|subject| self.add(Found::Delivery(subject)));
        self.requests.extend(other.requests);
    }
}

/// The id of a request's document in an index, where the request is identified by the place of its record.
fn document_id(identity: &str) -> Option<String> {
    let mut parts = identity.rsplitn(3, '/');
    let (offset, partition, topic) = (parts.next()?, parts.next()?, parts.next()?);
    let number = |text: &str| text.parse::<u64>().is_ok();
    (number(offset) && number(partition)).then(|| format!("{topic}+{partition}+{offset}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn subject(id: &str, place: Place) -> Subject {
        Subject { delivery_id: id.into(), places: [place].into(), ..Subject::default() }
    }

    #[test]
    fn a_delivery_that_several_places_know_is_one() {
        let mut findings = Findings::default();
        findings.add(Found::Delivery(Subject {
            request_id: Some("r-1".into()),
            created_at: Some(7),
            ..subject("a", Place::Kafka)
        }));
        findings.add(Found::Delivery(Subject { name: Some("primeiro".into()), ..subject("a", Place::Kubernetes) }));
        let all: Vec<_> = findings.deliveries().collect();
        assert_eq!((all.len(), all[0].name.as_deref(), all[0].created_at), (1, Some("primeiro"), Some(7)));
        assert_eq!(all[0].places, [Place::Kubernetes, Place::Kafka].into());
        assert_eq!(findings.request_ids(), ["r-1"]);
        assert_eq!(findings.earliest(), Some(7));
        findings.add(Found::Delivery(subject("b", Place::Index)));
        assert_eq!(findings.earliest(), None, "of one it is not known");
    }

    #[test]
    fn a_request_without_an_id_of_its_own_has_two_by_where_its_record_is() {
        let mut findings = Findings::default();
        findings.add(Found::Request("north.route.new-direction/2/41".into()));
        assert_eq!(findings.request_ids(), ["north.route.new-direction+2+41", "north.route.new-direction/2/41"]);
        assert_eq!(document_id("7b0c1f6e-6d5e-4b57-9d0c-0f6f6f3f6a11"), None);
        assert_eq!(document_id("a/b/c"), None);
    }

    #[test]
    fn what_was_found_later_is_told_from_what_was_found_before() {
        let (mut first, mut second) = (Findings::default(), Findings::default());
        first.add(Found::Delivery(subject("a", Place::Kafka)));
        for id in ["a", "b"] {
            second.add(Found::Delivery(subject(id, Place::Kafka)));
        }
        second.add(Found::Request("r".into()));
        let new = second.without(&first);
        assert_eq!((new.delivery_ids(), new.request_ids()), (vec!["b".to_owned()], vec!["r".to_owned()]));
        first.merge(new);
        assert_eq!(first, second);
    }
}
