//! The `KafkaConnectors` of the watched namespaces, as the watches keep them. Read only.
//!
//! An object that cannot be read as what it should be is there all the same, by its metadata: it must not look deleted.

use delivery_controller::watch::Watched;
use kube::ResourceExt;
use tokio::sync::watch;

use crate::connector::{GuardedConnector, NOT_READY, PAUSED, READY, cluster_of};
use crate::desired::Owner;

/// The `KafkaConnectors` of all watched namespaces.
pub struct Objects(pub Vec<Watched<GuardedConnector>>);

impl Objects {
    /// Waits until every object has been heard of once.
    ///
    /// # Errors
    /// When a watch has ended.
    pub async fn complete(&self) -> Result<(), watch::error::RecvError> {
        for watched in &self.0 {
            watched.wait_until_complete().await?;
        }
        Ok(())
    }

    /// Whether that namespace is watched.
    #[must_use]
    pub fn watches(&self, namespace: &str) -> bool {
        self.0.iter().any(|watched| watched.namespace == namespace)
    }

    /// Whether the owner of a connector of that cluster is there.
    #[must_use]
    pub fn exists(&self, owner: &Owner, cluster: &str) -> bool {
        self.0.iter().filter(|watched| watched.namespace == owner.namespace).any(|watched| {
            watched
                .store
                .find(|object| object.name_any() == owner.name && cluster_of(object) == Some(cluster))
                .is_some()
        })
    }

    /// The uids of all objects.
    pub fn uids(&self) -> impl Iterator<Item = String> {
        self.0.iter().flat_map(|watched| watched.store.state()).filter_map(|object| object.uid())
    }

    /// How many objects are in each state: ready, not ready, paused, or none yet.
    #[must_use]
    pub fn states(&self) -> [(&'static str, usize); 4] {
        let mut counts = [("ready", 0), ("not_ready", 0), ("paused", 0), ("unknown", 0)];
        for object in self.0.iter().flat_map(|watched| watched.store.state()) {
            let status = object.0.as_ref().ok().and_then(|connector| connector.status.as_ref());
            let is = |kind| status.is_some_and(|status| status.condition(kind).is_some());
            let at = [READY, NOT_READY, PAUSED].into_iter().position(is).unwrap_or(3);
            counts[at].1 += 1;
        }
        counts
    }
}
