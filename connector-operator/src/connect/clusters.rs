//! The Kafka Connect clusters of the configuration, and which of them an object names. Imports `super::rest`.

use std::collections::{BTreeMap, BTreeSet};

use delivery_http_client::Http;
use kube::ResourceExt;

use super::rest::Connect;
use crate::config::Cluster;
use crate::metrics::Metrics;
use crate::strimzi::connector::{KafkaConnector, cluster_of};
use crate::strimzi::reason::Reason;

/// The clusters by name.
#[derive(Clone, Debug)]
pub struct Clusters(BTreeMap<String, Usable>);

#[derive(Clone, Debug)]
struct Usable {
    connect: Connect,
    /// By connectors of these namespaces; of all if empty.
    by: BTreeSet<String>,
}

/// Why an object has no Kafka Connect cluster.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ClusterError {
    /// The object names no cluster.
    #[error(
        "The label strimzi.io/cluster is missing; set it to the connector's Kafka Connect cluster, one of: {known}."
    )]
    NoLabel { known: String },
    /// The object names a cluster that is not configured.
    #[error(
        "The label strimzi.io/cluster names the Kafka Connect cluster {cluster}, which the connector operator is not configured for; it has: {known}."
    )]
    Unknown {
        /// The value of the label.
        cluster: String,
        known: String,
    },
    /// The object is in a namespace whose connectors may not use the cluster.
    #[error(
        "The Kafka Connect cluster {cluster} is not for connectors of the namespace {namespace}. Create the connector in one of: {allowed}; or let an administrator add {namespace} to connectorOperator.clusters.{cluster}.namespaces."
    )]
    NotForNamespace { cluster: String, namespace: String, allowed: String },
}

impl ClusterError {
    /// The reason in the status.
    #[must_use]
    pub const fn reason(&self) -> Reason {
        match self {
            Self::NoLabel { .. } | Self::NotForNamespace { .. } => Reason::InvalidResource,
            Self::Unknown { .. } => Reason::NoSuchResource,
        }
    }
}

impl Clusters {
    /// Clients of the configured clusters, which share their connections and count their requests.
    #[must_use]
    pub fn new(http: &Http, clusters: &BTreeMap<String, Cluster>, metrics: &Metrics) -> Self {
        let usable = |cluster: &Cluster| Usable {
            connect: Connect::new(http.clone(), cluster, metrics.clone()),
            by: cluster.namespaces.clone(),
        };
        Self(clusters.iter().map(|(name, cluster)| (name.clone(), usable(cluster))).collect())
    }

    /// The cluster that the object's label names.
    ///
    /// # Errors
    /// When it names none, or one that is not configured, or not for its namespace.
    pub fn of(&self, connector: &KafkaConnector) -> Result<(&str, &Connect), ClusterError> {
        let known = || self.0.keys().map(String::as_str).collect::<Vec<_>>().join(", ");
        let label = cluster_of(connector).filter(|label| !label.is_empty());
        let cluster = label.ok_or_else(|| ClusterError::NoLabel { known: known() })?;
        let found = self.0.get_key_value(cluster);
        let (name, usable) =
            found.ok_or_else(|| ClusterError::Unknown { cluster: cluster.to_owned(), known: known() })?;
        let namespace = connector.namespace().unwrap_or_default();
        if !usable.by.is_empty() && !usable.by.contains(&namespace) {
            let allowed = usable.by.iter().map(String::as_str).collect::<Vec<_>>().join(", ");
            return Err(ClusterError::NotForNamespace { cluster: name.clone(), namespace, allowed });
        }
        Ok((name, &usable.connect))
    }

    /// All clusters with their names.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Connect)> {
        self.0.iter().map(|(name, usable)| (name.as_str(), &usable.connect))
    }
}

#[cfg(test)]
#[path = "tests/clusters.rs"]
mod tests;
