//! The `KafkaConnectors` of the watched namespaces, as the watches keep them. Read only. Imports `strimzi` and `connect` (its owners).
//!
//! An object that cannot be read as a `KafkaConnector` is kept by its metadata: it must not look deleted.

use delivery_controller::watch::Watched;
use kube::ResourceExt;

use crate::connect::options::Owner;
use crate::strimzi::connector::{GuardedConnector, NOT_READY, PAUSED, READY, cluster_of};

/// The `KafkaConnectors` of all watched namespaces.
pub struct Objects(pub Vec<Watched<GuardedConnector>>);

impl Objects {
    /// Waits until all objects have been listed once.
    ///
    /// # Errors
    /// When a watch has ended.
    pub async fn wait_until_complete(&self) -> Result<(), tokio::sync::watch::error::RecvError> {
        for watched in &self.0 {
            watched.wait_until_complete().await?;
        }
        Ok(())
    }

    /// Whether all objects have been listed once.
    #[must_use]
    pub fn are_complete(&self) -> bool {
        self.0.iter().all(Watched::is_complete)
    }

    /// Whether that namespace is watched.
    #[must_use]
    pub fn watches(&self, namespace: &str) -> bool {
        self.0.iter().any(|watched| watched.namespace == namespace)
    }

    /// Whether the object that owns a connector of that cluster exists.
    #[must_use]
    pub fn exists(&self, owner: &Owner, cluster: &str) -> bool {
        let is_owner =
            |object: &GuardedConnector| object.name_any() == owner.name && cluster_of(object) == Some(cluster);
        let mut watched = self.0.iter().filter(|watched| watched.namespace == owner.namespace);
        watched.any(|watched| watched.store.find(is_owner).is_some())
    }

    /// The uids of all objects.
    pub fn uids(&self) -> impl Iterator<Item = String> {
        self.0.iter().flat_map(|watched| watched.store.state()).filter_map(|object| object.uid())
    }

    /// How many objects are in each state: ready, not ready, paused, or none yet.
    #[must_use]
    pub fn states(&self) -> [(&'static str, usize); 4] {
        let [mut ready, mut not_ready, mut paused, mut unknown] = [0; 4];
        for object in self.0.iter().flat_map(|watched| watched.store.state()) {
            let status = object.0.as_ref().ok().and_then(|connector| connector.status.as_ref());
            let has = |kind| status.is_some_and(|status| status.condition(kind).is_some());
            *if has(READY) {
                &mut ready
            } else if has(NOT_READY) {
                &mut not_ready
            } else if has(PAUSED) {
                &mut paused
            } else {
                &mut unknown
            } += 1;
        }
        [("ready", ready), ("not_ready", not_ready), ("paused", paused), ("unknown", unknown)]
    }
}
