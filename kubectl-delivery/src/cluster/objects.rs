//! Deliveries and routes as objects of Kubernetes.

use delivery_api::status::{COMPLETE, FAILED};
use delivery_api::{Delivery, DeliveryRoute};
use kube::{Api, ResourceExt};

use super::connection::Cluster;
use crate::base::{Error, Problem};

/// An object that is needed does not exist.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NotFound {
    #[error("There is no Delivery {name} in the namespace {namespace}; see kubectl get deliveries -A.")]
    Delivery { name: String, namespace: String },
    /// In any of the watched namespaces.
    #[error("There is no Delivery {0}; see kubectl get deliveries -A.")]
    WatchedDelivery(String),
    #[error("The Delivery {0} was deleted before it finished.")]
    Deleted(String),
    #[error(
        "There is no DeliveryRoute {name} in the namespace {namespace}; {}.",
        if others.is_empty() {
            "it has none yet; create one with kubectl delivery route import".to_owned()
        } else {
            format!("it has: {}", others.join(", "))
        }
    )]
    Route { name: String, namespace: String, others: Vec<String> },
}

impl Problem for NotFound {
    fn reason(&self) -> &'static str {
        "NotFound"
    }

    fn is_answer(&self) -> bool {
        matches!(self, Self::Deleted(_))
    }
}

/// The Deliveries of the namespace in use.
pub(crate) fn deliveries(cluster: &Cluster) -> Api<Delivery> {
    Api::namespaced(cluster.client.clone(), &cluster.namespace)
}

/// The routes of the namespace in use.
pub(crate) fn routes(cluster: &Cluster) -> Api<DeliveryRoute> {
    Api::namespaced(cluster.client.clone(), &cluster.namespace)
}

/// How a delivery ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum End {
    Finished,
    /// With the cause, as a sentence.
    Failed(String),
}

/// How a delivery ended, if it has.
pub(crate) fn end(delivery: &Delivery) -> Option<End> {
    let conditions = &delivery.status.as_ref()?.conditions;
    let is_true =
        |name: &str| conditions.iter().find(|condition| condition.type_ == name && condition.status == "True");
    if is_true(COMPLETE).is_some() {
        return Some(End::Finished);
    }
    is_true(FAILED).map(|condition| End::Failed(condition.message.clone()))
}

/// `delivery.codedelivery.dev/primeiro`, as kubectl names an object that it has changed.
pub(crate) fn reference(name: &str) -> String {
    format!("delivery.codedelivery.dev/{name}")
}

/// A Delivery of the namespace in use.
pub(crate) async fn get(cluster: &Cluster, name: &str) -> Result<Delivery, Error> {
    let found = deliveries(cluster).get_opt(name).await;
    let found = found.map_err(Error::api(format!("Cannot read the Delivery {name}")))?;
    let not_found = || NotFound::Delivery { name: name.to_owned(), namespace: cluster.namespace.clone() };
    Ok(found.ok_or_else(not_found)?)
}

/// The name of an object, after its namespace if several are shown.
pub(crate) fn name(delivery: &Delivery, namespaces: bool) -> String {
    let name = delivery.name_any();
    if namespaces { format!("{}/{name}", delivery.namespace().unwrap_or_default()) } else { name }
}
