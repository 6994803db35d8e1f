//! What `delivery.erased` holds: the ids of deliveries and requests to be forgotten.
//!
//! What follows for objects, plans and states is left to `cleanup/erasure`.

use std::sync::{Mutex, MutexGuard};

use delivery_api::names::REQUEST_ID_ANNOTATION;
use delivery_messages::ErasedIds;
use delivery_messages::deliveries::erased::hash;
use delivery_observability::locks::lock;
use kube::ResourceExt;
use tokio::sync::Notify;

use crate::base::subject::Subject;

/// The erased ids, as the topic names them.
#[derive(Debug, Default)]
pub(crate) struct Erased {
    ids: Mutex<ErasedIds>,
    changed: Notify,
}

impl Erased {
    fn lock(&self) -> MutexGuard<'_, ErasedIds> {
        lock(&self.ids)
    }

    /// Applies a record: an id is erased, or no longer.
    pub(crate) fn apply(&self, id: &str, erased: bool) {
        if self.lock().take(id, erased) {
            self.changed.notify_one();
        }
    }

    /// Waits for a newly erased id.
    pub(crate) async fn changed(&self) {
        self.changed.notified().await;
    }

    /// Whether the id of a delivery or of a request is erased.
    #[must_use]
    pub(crate) fn contains(&self, id: &str) -> bool {
        self.lock().contains(id)
    }

    /// Whether a delivery is erased: its own id is, or that of the request that made it, given as its [`hash`].
    #[must_use]
    pub(crate) fn covers(&self, delivery_id: &str, request: Option<u64>) -> bool {
        let ids = self.lock();
        ids.contains(delivery_id) || request.is_some_and(|request| ids.contains_hash(request))
    }

    /// Whether a Delivery is erased.
    #[must_use]
    pub(crate) fn covers_subject(&self, subject: &Subject) -> bool {
        self.covers(&subject.key.uid, subject.request_id.as_deref().map(hash))
    }

    /// The same for one whose spec may not be decodable.
    #[must_use]
    pub(crate) fn covers_object(&self, delivery: &impl ResourceExt) -> bool {
        let request = delivery.annotations().get(REQUEST_ID_ANNOTATION);
        self.covers(delivery.meta().uid.as_deref().unwrap_or_default(), request.map(|request| hash(request)))
    }

    #[must_use]
    pub(crate) fn is_empty(&self) -> bool {
        self.lock().is_empty()
    }
}

#[cfg(test)]
#[path = "tests/erased.rs"]
mod tests;
