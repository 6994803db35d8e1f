//! Objects that the API server has stored, parsed once: what every stored object has is not optional from here on.

use delivery_api::names::{CLIENT_ID_ANNOTATION, REQUEST_ID_ANNOTATION};
use delivery_api::status::UNOBSERVED;
use delivery_api::{Delivery, DeliverySpec, DeliveryStatus};
use jiff::Timestamp;
use k8s_openapi::api::core::v1::ObjectReference;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::OwnerReference;
use kube::{Resource, ResourceExt};

use crate::base::trace;

/// A field is missing that every object from the API server has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("The object has no metadata.{0}")]
pub(crate) struct Incomplete(&'static str);

/// Which object, for certain: its name may be another object's tomorrow, its uid never.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct ObjectKey {
    pub uid: String,
    pub namespace: String,
    pub name: String,
}

impl ObjectKey {
    /// The key of a stored object.
    ///
    /// # Errors
    /// When the object was never stored.
    pub(crate) fn of(object: &impl ResourceExt) -> Result<Self, Incomplete> {
        Ok(Self {
            uid: object.uid().ok_or(Incomplete("uid"))?,
            namespace: object.namespace().ok_or(Incomplete("namespace"))?,
            name: object.meta().name.clone().ok_or(Incomplete("name"))?,
        })
    }
}

/// The Delivery that a reconciliation is about.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Subject {
    pub key: ObjectKey,
    pub resource_version: Option<String>,
    pub generation: Option<i64>,
    pub created_at: Option<Timestamp>,
    pub is_being_deleted: bool,
    /// The start request that it was made from.
    pub request_id: Option<String>,
    /// The client that sent the request.
    pub client_id: Option<String>,
    /// The W3C trace context of everything that is done for it.
    pub traceparent: String,
    pub spec: DeliverySpec,
    pub status: Option<DeliveryStatus>,
}

impl Subject {
    /// Parses a stored Delivery.
    ///
    /// # Errors
    /// When the object was never stored.
    pub(crate) fn of(delivery: &Delivery) -> Result<Self, Incomplete> {
        let key = ObjectKey::of(delivery)?;
        let annotation = |name: &str| delivery.annotations().get(name).cloned();
        Ok(Self {
            resource_version: delivery.resource_version(),
            generation: delivery.metadata.generation,
            created_at: delivery.creation_timestamp().map(|time| time.0),
            is_being_deleted: delivery.metadata.deletion_timestamp.is_some(),
            request_id: annotation(REQUEST_ID_ANNOTATION),
            client_id: annotation(CLIENT_ID_ANNOTATION),
            traceparent: trace::of(delivery, &key.uid),
            spec: delivery.spec.clone(),
            // The API server gives a new object a default, which says that there is none.
            status: delivery.status.clone().filter(|status| status.observed_generation != Some(UNOBSERVED)),
            key,
        })
    }

    /// An object with this key and nothing else, for writes of its status.
    #[must_use]
    pub(crate) fn identity(&self) -> Delivery {
        let mut object = Delivery::new(&self.key.name, DeliverySpec::default());
        object.metadata.namespace = Some(self.key.namespace.clone());
        object.metadata.uid = Some(self.key.uid.clone());
        object
    }

    /// Makes a dependent object its own, so that it is deleted with it.
    #[must_use]
    pub(crate) fn owner_reference(&self) -> OwnerReference {
        OwnerReference {
            api_version: Delivery::api_version(&()).into_owned(),
            kind: Delivery::kind(&()).into_owned(),
            name: self.key.name.clone(),
            uid: self.key.uid.clone(),
            controller: Some(true),
            block_owner_deletion: None,
        }
    }

    /// What an Event is about.
    #[must_use]
    pub(crate) fn object_reference(&self) -> ObjectReference {
        self.identity().object_ref(&())
    }
}

#[cfg(test)]
#[path = "tests/subject.rs"]
mod tests;
