//! Ends the pods that a deleted Delivery has left behind, as by `kubectl delete --cascade=orphan`: nothing would look after them, and
//! they would drive on to the end of their routes.

use delivery_api::names::DELIVERY_UID_LABEL;
use k8s_openapi::api::core::v1::{ConfigMap, Pod};
use kube::api::ListParams;
use kube::{Api, Client, ResourceExt};

use crate::base::subject::ObjectKey;
use crate::deliveries::acting::delete::delete_only;
use crate::deliveries::observing::ownership::is_orphan_of;
use crate::deliveries::observing::pods::PodView;
use crate::error::Error;

/// Deletes the pods of a Delivery that is gone, and their ConfigMaps, if nobody owns them. Those that have an owner are left to the garbage
/// collector, and those that have ended to whoever wanted to keep them.
///
/// # Errors
/// When the API server refuses, or does not answer; all can be repeated.
pub(crate) async fn end_orphans(client: &Client, delivery: &ObjectKey) -> Result<(), Error> {
    let pods: Api<Pod> = Api::namespaced(client.clone(), &delivery.namespace);
    let maps: Api<ConfigMap> = Api::namespaced(client.clone(), &delivery.namespace);
    let selector = ListParams::default().labels(&format!("{DELIVERY_UID_LABEL}={}", delivery.uid));
    let listed = pods.list(&selector).await.map_err(Error::api("list the pods of a Delivery that is gone"))?;
    for pod in listed.items.iter().filter(|pod| is_orphan_of(*pod, delivery)) {
        let view = PodView::of(pod, true);
        if view.is_terminating() || view.has_ended() {
            continue;
        }
        let (namespace, name) = (&delivery.namespace, &view.name);
        delete_only(&pods, name, Some(view.uid)).await.map_err(Error::api("delete an orphaned pod"))?;
        tracing::info!(namespace, pod = name, "Deleted a pod whose Delivery was deleted without it.");
        let doing = "delete the ConfigMap of an orphaned pod";
        let found = maps.get_metadata_opt(name).await.map_err(Error::api(doing))?;
        if let Some(found) = found.filter(|found| is_orphan_of(found, delivery)) {
            delete_only(&maps, name, found.uid()).await.map_err(Error::api(doing))?;
        }
    }
    Ok(())
}
