//! The findings about a person: deliveries, the stores that contain them, and the ids of start requests. Pure.

use std::collections::{BTreeMap, BTreeSet};

use delivery_messages::Millis;
use serde::{Deserialize, Serialize};

/// A store in which a delivery was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) enum FoundIn {
    /// As an object.
    Kubernetes,
    /// As a plan or a start request.
    Kafka,
    /// In MongoDB, or in the gateway's memory.
    #[serde(rename = "History")]
    DeliveryStore,
    /// In Elasticsearch.
    #[serde(rename = "Index")]
    PositionIndex,
}

impl FoundIn {
    /// The name in tables.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Kubernetes => "Kubernetes",
            Self::Kafka => "Kafka",
            Self::DeliveryStore => "store",
            Self::PositionIndex => "index",
        }
    }
}

/// A delivery of the person.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct FoundDelivery {
    pub(crate) delivery_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) namespace: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) created_at: Option<Millis>,
    /// The start request that created it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) request_id: Option<String>,
    pub(crate) places: BTreeSet<FoundIn>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Found {
    Delivery(FoundDelivery),
    /// A start request, by one of its ids.
    Request(String),
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Findings {
    deliveries: BTreeMap<String, FoundDelivery>,
    requests: BTreeSet<String>,
}

impl Findings {
    /// Adds a finding; the same delivery in another store is the same.
    pub(crate) fn add(&mut self, found: Found) {
        match found {
            Found::Request(id) => {
                self.requests.extend(document_id(&id));
                self.requests.insert(id);
            }
            Found::Delivery(delivery) => {
                if let Some(request) = delivery.request_id.clone() {
                    self.add(Found::Request(request));
                }
                let known = self.deliveries.entry(delivery.delivery_id.clone()).or_default();
                known.places.extend(&delivery.places);
                let FoundDelivery { delivery_id, namespace, name, created_at, request_id, .. } = delivery;
                known.delivery_id = delivery_id;
                known.namespace = known.namespace.take().or(namespace);
                known.name = known.name.take().or(name);
                known.created_at = known.created_at.take().or(created_at);
                known.request_id = known.request_id.take().or(request_id);
            }
        }
    }

    pub(crate) fn deliveries(&self) -> impl ExactSizeIterator<Item = &FoundDelivery> {
        self.deliveries.values()
    }

    pub(crate) fn delivery_ids(&self) -> Vec<String> {
        self.deliveries.keys().cloned().collect()
    }

    /// All ids of the start requests: those in messages, and those of documents in the index.
    pub(crate) fn request_ids(&self) -> Vec<String> {
        self.requests.iter().cloned().collect()
    }

    /// When the first delivery was created; none if that is not known of all of them.
    pub(crate) fn earliest(&self) -> Option<Millis> {
        let times: Option<Vec<_>> = self.deliveries.values().map(|delivery| delivery.created_at).collect();
        times?.into_iter().min()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.deliveries.is_empty() && self.requests.is_empty()
    }

    /// The findings that another does not contain.
    pub(crate) fn without(&self, other: &Self) -> Self {
        let deliveries = self.deliveries.iter().filter(|(id, _)| !other.deliveries.contains_key(*id));
        Self {
            deliveries: deliveries.map(|(id, delivery)| (id.clone(), delivery.clone())).collect(),
            requests: self.requests.difference(&other.requests).cloned().collect(),
        }
    }

    /// Adds all findings of another.
    pub(crate) fn merge(&mut self, other: Self) {
        other.deliveries.into_values().for_each(|delivery| self.add(Found::Delivery(delivery)));
        self.requests.extend(other.requests);
    }
}

/// The id of a start request's document in the index, if the request is identified by its record (`topic/partition/offset`).
fn document_id(identity: &str) -> Option<String> {
    let mut parts = identity.rsplitn(3, '/');
    let (offset, partition, topic) = (parts.next()?, parts.next()?, parts.next()?);
    let number = |text: &str| text.parse::<u64>().is_ok();
    (number(offset) && number(partition)).then(|| format!("{topic}+{partition}+{offset}"))
}

#[cfg(test)]
#[path = "tests/found.rs"]
mod tests;
