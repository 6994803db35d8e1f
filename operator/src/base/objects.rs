//! The Deliveries and DeliveryRoutes of all watched namespaces, as the watches keep them.
//!
//! Read only. An object whose spec cannot be decoded is in the store all the same, by its metadata: it must not look deleted.

use std::collections::HashSet;
use std::sync::Arc;

use delivery_api::{Delivery, DeliveryPhase, DeliveryRoute};
use kube::ResourceExt;
use kube::core::DeserializeGuard;
use kube_runtime::reflector::{ObjectRef, Store};
use tokio::sync::watch;

/// A Delivery, or the metadata of one that cannot be decoded.
pub type GuardedDelivery = DeserializeGuard<Delivery>;
/// A DeliveryRoute, or the metadata of one that cannot be decoded.
pub type GuardedRoute = DeserializeGuard<DeliveryRoute>;

/// One watched namespace.
pub struct Watched {
    pub namespace: String,
    pub deliveries: Store<GuardedDelivery>,
    pub routes: Store<GuardedRoute>,
    /// Whether the first list of Deliveries is in the store.
    pub deliveries_complete: watch::Receiver<bool>,
    /// Whether the first list of DeliveryRoutes is in the store.
    pub routes_complete: watch::Receiver<bool>,
}

/// All watched namespaces.
pub struct Objects(Vec<Watched>);

impl Objects {
    #[must_use]
    pub const fn new(watched: Vec<Watched>) -> Self {
        Self(watched)
    }

    /// Waits until the first lists of all objects are in the stores. (A store's own `wait_until_ready` wakes only one waiter.)
    ///
    /// # Errors
    /// When a watch has ended.
    pub async fn complete(&self) -> Result<(), watch::error::RecvError> {
        for watched in &self.0 {
            for complete in [&watched.deliveries_complete, &watched.routes_complete] {
                complete.clone().wait_for(|complete| *complete).await?;
            }
        }
        Ok(())
    }

    pub fn deliveries(&self) -> impl Iterator<Item = Arc<GuardedDelivery>> {
        self.0.iter().flat_map(|watched| watched.deliveries.state())
    }

    #[must_use]
    pub fn deliveries_in(&self, namespace: &str) -> Vec<Arc<GuardedDelivery>> {
        self.watched(namespace).map(|watched| watched.deliveries.state()).unwrap_or_default()
    }

    /// The uids of all Deliveries.
    #[must_use]
    pub fn uids(&self) -> HashSet<String> {
        self.deliveries().filter_map(|delivery| delivery.uid()).collect()
    }

    /// The uids of all DeliveryRoutes.
    #[must_use]
    pub fn route_uids(&self) -> HashSet<String> {
        self.0.iter().flat_map(|watched| watched.routes.state()).filter_map(|route| route.uid()).collect()
    }

    #[must_use]
    pub fn routes(&self, namespace: &str) -> Vec<Arc<GuardedRoute>> {
        self.watched(namespace).map(|watched| watched.routes.state()).unwrap_or_default()
    }

    #[must_use]
    pub fn route(&self, namespace: &str, name: &str) -> Option<Arc<GuardedRoute>> {
        self.watched(namespace)?.routes.get(&ObjectRef::new(name).within(namespace))
    }

    /// How many Deliveries are in each phase.
    #[must_use]
    pub fn phases(&self) -> [(DeliveryPhase, usize); 5] {
        let mut counts = DeliveryPhase::ALL.map(|phase| (phase, 0));
        for delivery in self.deliveries() {
            let phase = phase(&delivery);
            if let Some((_, count)) = counts.iter_mut().find(|(candidate, _)| *candidate == phase) {
                *count += 1;
            }
        }
        counts
    }

    fn watched(&self, namespace: &str) -> Option<&Watched> {
        self.0.iter().find(|watched| watched.namespace == namespace)
    }
}

/// The phase in a Delivery's status; Pending while there is none.
#[must_use]
pub fn phase(delivery: &GuardedDelivery) -> DeliveryPhase {
    let status = delivery.0.as_ref().ok().and_then(|delivery| delivery.status.as_ref());
    status.and_then(|status| status.phase).unwrap_or_default()
}
