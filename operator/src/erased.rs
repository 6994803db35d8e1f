//! What `delivery.erased` holds: the ids that are forgotten. Pure, but for the waking of who waits for news.
//!
//! What follows for objects, plans and states is for [`crate::erasure`].

use delivery_api::names::REQUEST_ID_ANNOTATION;
use delivery_messages::ErasedIds;
use delivery_messages::erased::hash;
use kube::ResourceExt;
use std::sync::{Mutex, MutexGuard, PoisonError};
use tokio::sync::Notify;

/// The erased ids, as the topic names them.
#[derive(Debug, Default)]
pub struct Erased {
    ids: Mutex<ErasedIds>,
    news: Notify,
}

impl Erased {
    fn lock(&self) -> MutexGuard<'_, ErasedIds> {
        self.ids.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes a record: an id is erased, or not any more.
    pub fn read(&self, id: &str, erased: bool) {
        if self.lock().take(id, erased) {
            self.news.notify_one();
        }
    }

    /// Waits for an id that was not known to be erased.
    pub async fn news(&self) {
        self.news.notified().await;
    }

    /// Whether the id of a delivery or of a request is erased.
    #[must_use]
    pub fn contains(&self, id: &str) -> bool {
        self.lock().contains(id)
    }

    /// Whether a delivery is erased: its own id is, or that of the request that made it, given as its [`hash`].
    #[must_use]
    pub fn covers(&self, delivery_id: &str, request: Option<u64>) -> bool {
        let ids = self.lock();
        ids.contains(delivery_id) || request.is_some_and(|request| ids.contains_hash(request))
    }

    /// Whether a Delivery is erased.
    #[must_use]
    pub fn covers_object(&self, delivery: &impl ResourceExt) -> bool {
        let request = delivery.annotations().get(REQUEST_ID_ANNOTATION);
        self.covers(&delivery.uid().unwrap_or_default(), request.map(|request| hash(request)))
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.lock().is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use delivery_api::Delivery;

    #[tokio::test]
    async fn an_object_is_erased_by_its_own_id_or_by_that_of_its_request() {
        let erased = Erased::default();
        let delivery: Delivery = serde_yaml::from_str(&format!(
            "{{ apiVersion: codedelivery.dev/v1alpha1, kind: Delivery, metadata: {{ name: a, uid: u-1, annotations: {{ {REQUEST_ID_ANNOTATION}: r-1 }} }}, spec: {{}} }}"
        ))
        .unwrap();
        assert!(!erased.covers_object(&delivery));
        for id in ["r-1", "u-1"] {
            erased.read(id, true);
            erased.news().await;
            assert!(erased.covers_object(&delivery), "{id}");
            erased.read(id, false);
        }
        assert!(erased.is_empty() && !erased.covers_object(&delivery), "the list was taken back");
    }
}
