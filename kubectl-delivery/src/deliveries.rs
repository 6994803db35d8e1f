//! Deliveries as objects of Kubernetes: what the commands that change them have in common.

use crate::cluster::Cluster;
use crate::error::Error;
use delivery_api::status::{COMPLETE, FAILED};
use delivery_api::{Delivery, DeliveryRoute};
use kube::{Api, ResourceExt};

/// The Deliveries of the namespace in use.
#[must_use]
pub fn api(cluster: &Cluster) -> Api<Delivery> {
    Api::namespaced(cluster.client.clone(), &cluster.namespace)
}

/// The routes of the namespace in use.
#[must_use]
pub fn routes(cluster: &Cluster) -> Api<DeliveryRoute> {
    Api::namespaced(cluster.client.clone(), &cluster.namespace)
}

/// How a delivery ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum End {
    /// At the end of its route.
    Finished,
    /// It cannot go on; why, as a sentence.
    Failed(String),
}

/// How a delivery ended, if it has.
#[must_use]
pub fn end(delivery: &Delivery) -> Option<End> {
    let conditions = &delivery.status.as_ref()?.conditions;
    let holds = |name: &str| conditions.iter().find(|condition| condition.type_ == name && condition.status == "True");
    if holds(COMPLETE).is_some() {
        return Some(End::Finished);
    }
    holds(FAILED).map(|condition| End::Failed(condition.message.clone()))
}

/// `delivery.codedelivery.dev/primeiro`, as kubectl names an object that it has changed.
#[must_use]
pub fn reference(name: &str) -> String {
    format!("delivery.codedelivery.dev/{name}")
}

/// A Delivery that must be there.
///
/// # Errors
/// When it is not, or cannot be read.
pub async fn get(cluster: &Cluster, name: &str) -> Result<Delivery, Error> {
    let found = api(cluster).get_opt(name).await;
    let found = found.map_err(Error::api(format!("The Delivery {name} cannot be read")))?;
    found.ok_or_else(|| {
        let namespace = &cluster.namespace;
        Error::NotFound(format!(
            "There is no Delivery {name} in the namespace {namespace}; see kubectl get deliveries -A."
        ))
    })
}

/// The name of an object, with a namespace before it when several are shown.
#[must_use]
pub fn name(delivery: &Delivery, namespaces: bool) -> String {
    let name = delivery.name_any();
    if namespaces { format!("{}/{name}", delivery.namespace().unwrap_or_default()) } else { name }
}
