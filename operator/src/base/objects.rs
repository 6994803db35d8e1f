//! The Deliveries and DeliveryRoutes of all watched namespaces, as the watches keep them.
//!
//! Read only. An object whose spec cannot be decoded is in the store anyway, by its metadata: it must not look deleted.

use std::collections::HashSet;
use std::sync::Arc;

use delivery_api::names::GROUP;
use delivery_api::{Delivery, DeliveryPhase, DeliveryRoute};
use delivery_controller::kinds::Kinds;
use delivery_controller::watch::Watched;
use kube::ResourceExt;
use kube::core::DeserializeGuard;
use kube_runtime::reflector::ObjectRef;
use tokio::sync::watch;

/// A Delivery, or the metadata of one that cannot be decoded.
pub(crate) type GuardedDelivery = DeserializeGuard<Delivery>;
/// A DeliveryRoute, or the metadata of one that cannot be decoded.
pub(crate) type GuardedRoute = DeserializeGuard<DeliveryRoute>;

/// The kinds that the operator serves.
pub(crate) static KINDS: Kinds = Kinds {
    group: GROUP,
    version: "v1alpha1",
    names: &["Delivery", "DeliveryRoute"],
    dependency: "kinds",
    missing: "The kinds Delivery and DeliveryRoute are not served yet; install the chart's CRDs.",
};

/// One watched namespace.
pub(crate) struct Namespace {
    pub deliveries: Watched<GuardedDelivery>,
    pub routes: Watched<GuardedRoute>,
}

/// All watched namespaces.
pub(crate) struct Objects(Vec<Namespace>);

impl Objects {
    #[must_use]
    pub(crate) const fn new(namespaces: Vec<Namespace>) -> Self {
        Self(namespaces)
    }

    /// Waits until the first lists of all objects are in the stores.
    ///
    /// # Errors
    /// When a watch has ended.
    pub(crate) async fn complete(&self) -> Result<(), watch::error::RecvError> {
        for namespace in &self.0 {
            namespace.deliveries.wait_until_complete().await?;
            namespace.routes.wait_until_complete().await?;
        }
        Ok(())
    }

    pub(crate) fn deliveries(&self) -> impl Iterator<Item = Arc<GuardedDelivery>> {
        self.0.iter().flat_map(|namespace| namespace.deliveries.store.state())
    }

    #[must_use]
    pub(crate) fn deliveries_in(&self, namespace: &str) -> Vec<Arc<GuardedDelivery>> {
        self.namespace(namespace).map(|namespace| namespace.deliveries.store.state()).unwrap_or_default()
    }

    /// The uids of all Deliveries.
    #[must_use]
    pub(crate) fn uids(&self) -> HashSet<String> {
        self.deliveries().filter_map(|delivery| delivery.uid()).collect()
    }

    /// The uids of all DeliveryRoutes.
    #[must_use]
    pub(crate) fn route_uids(&self) -> HashSet<String> {
        self.0.iter().flat_map(|namespace| namespace.routes.store.state()).filter_map(|route| route.uid()).collect()
    }

    #[must_use]
    pub(crate) fn routes(&self, namespace: &str) -> Vec<Arc<GuardedRoute>> {
        self.namespace(namespace).map(|namespace| namespace.routes.store.state()).unwrap_or_default()
    }

    #[must_use]
    pub(crate) fn route(&self, namespace: &str, name: &str) -> Option<Arc<GuardedRoute>> {
        self.namespace(namespace)?.routes.store.get(&ObjectRef::new(name).within(namespace))
    }

    /// How many Deliveries are in each phase.
    #[must_use]
    pub(crate) fn phases(&self) -> [(DeliveryPhase, usize); 5] {
        let mut counts = DeliveryPhase::ALL.map(|phase| (phase, 0));
        for delivery in self.deliveries() {
            let phase = phase(&delivery);
            if let Some((_, count)) = counts.iter_mut().find(|(candidate, _)| *candidate == phase) {
                *count += 1;
            }
        }
        counts
    }

    fn namespace(&self, name: &str) -> Option<&Namespace> {
        self.0.iter().find(|namespace| namespace.deliveries.namespace == name)
    }
}

/// The phase in a Delivery's status; Pending while there is none.
#[must_use]
pub(crate) fn phase(delivery: &GuardedDelivery) -> DeliveryPhase {
    let status = delivery.0.as_ref().ok().and_then(|delivery| delivery.status.as_ref());
    status.and_then(|status| status.phase).unwrap_or_default()
}
