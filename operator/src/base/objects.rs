//! The Deliveries and DeliveryRoutes of all watched namespaces, as the watches keep them.
//!
//! Read only. An object whose spec cannot be decoded is in the store anyway, by its metadata: it must not look deleted.
//!
//! Each namespace is independent: one that cannot be listed, or does not exist any more, holds up nothing of the others. Which of
//! them that is, and what the operator says about it, is left to `run/namespaces`.

use std::collections::HashSet;
use std::sync::{Arc, RwLock};

use delivery_api::names::GROUP;
use delivery_api::{Delivery, DeliveryPhase, DeliveryRoute};
use delivery_controller::kinds::Kinds;
use delivery_controller::watch::{Listing, Watched};
use delivery_observability::locks;
use jiff::{SignedDuration, Timestamp};
use kube::ResourceExt;
use kube::core::DeserializeGuard;
use kube_runtime::reflector::ObjectRef;
use tokio::sync::watch;

use crate::base::waiting::{count, wait};

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

pub(crate) struct Namespace {
    pub deliveries: Watched<GuardedDelivery>,
    pub routes: Watched<GuardedRoute>,
}

impl Namespace {
    /// Its name.
    #[must_use]
    pub(crate) fn name(&self) -> &str {
        &self.deliveries.namespace
    }

    /// Whether the first lists of both kinds are in the stores.
    #[must_use]
    pub(crate) fn is_complete(&self) -> bool {
        self.deliveries.is_complete() && self.routes.is_complete()
    }
}

/// All watched namespaces.
pub(crate) struct Objects {
    namespaces: Vec<Namespace>,
    /// Those that do not exist.
    gone: RwLock<HashSet<String>>,
    settled: watch::Sender<bool>,
}

impl Objects {
    #[must_use]
    pub(crate) fn new(namespaces: Vec<Namespace>) -> Self {
        Self { namespaces, gone: RwLock::default(), settled: watch::Sender::new(false) }
    }

    /// All namespaces, those that do not exist too.
    #[must_use]
    pub(crate) fn namespaces(&self) -> &[Namespace] {
        &self.namespaces
    }

    /// From now on it is known of each namespace whether it can be listed.
    pub(crate) fn settle(&self) {
        self.settled.send_replace(true);
    }

    /// Waits until it is known of each namespace whether it can be listed.
    pub(crate) async fn wait_until_settled(&self) {
        // The sender is in `self`, so that it cannot be closed.
        let _ = self.settled.subscribe().wait_for(|settled| *settled).await;
    }

    /// Waits until the first lists of one namespace are in the stores.
    ///
    /// # Errors
    /// When a watch has ended.
    pub(crate) async fn wait_until_complete(&self, namespace: &str) -> Result<(), watch::error::RecvError> {
        if let Some(namespace) = self.namespace(namespace) {
            namespace.deliveries.wait_until_complete().await?;
            namespace.routes.wait_until_complete().await?;
        }
        Ok(())
    }

    /// What is known of each list, as receivers that see the changes from now on.
    #[must_use]
    pub(crate) fn listings(&self) -> Vec<watch::Receiver<Listing>> {
        self.namespaces.iter().flat_map(|one| [one.deliveries.listing.clone(), one.routes.listing.clone()]).collect()
    }

    /// Notes whether a namespace exists. The objects of one that does not are gone, whatever the watch brought last.
    pub(crate) fn set_gone(&self, namespace: &str, gone: bool) {
        let mut all = locks::write(&self.gone);
        if gone {
            all.insert(namespace.to_owned());
        } else {
            all.remove(namespace);
        }
    }

    /// Whether a watched namespace does not exist.
    #[must_use]
    pub(crate) fn is_gone(&self, namespace: &str) -> bool {
        locks::read(&self.gone).contains(namespace)
    }

    /// The namespaces whose objects are known: what is not among them there does not exist.
    #[must_use]
    pub(crate) fn known(&self) -> Vec<String> {
        let known = self.namespaces.iter().filter(|one| one.is_complete() || self.is_gone(one.name()));
        known.map(|namespace| namespace.name().to_owned()).collect()
    }

    fn existing(&self) -> impl Iterator<Item = &Namespace> {
        self.namespaces.iter().filter(|namespace| !self.is_gone(namespace.name()))
    }

    pub(crate) fn deliveries(&self) -> impl Iterator<Item = Arc<GuardedDelivery>> {
        self.existing().flat_map(|namespace| namespace.deliveries.store.state())
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
        self.existing().flat_map(|namespace| namespace.routes.store.state()).filter_map(|route| route.uid()).collect()
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

    /// How many Deliveries have waited for at least that long, by what they wait for.
    #[must_use]
    pub(crate) fn waiting(&self, least: SignedDuration, now: Timestamp) -> Vec<(&'static str, usize)> {
        let waits = self.deliveries().filter_map(|delivery| wait(delivery.0.as_ref().ok()?.status.as_ref()?));
        count(waits, least, now)
    }

    fn namespace(&self, name: &str) -> Option<&Namespace> {
        self.existing().find(|namespace| namespace.name() == name)
    }
}

/// The phase in a Delivery's status; Pending while there is none.
#[must_use]
pub(crate) fn phase(delivery: &GuardedDelivery) -> DeliveryPhase {
    let status = delivery.0.as_ref().ok().and_then(|delivery| delivery.status.as_ref());
    status.and_then(|status| status.phase).unwrap_or_default()
}
