//! The Kafka Connect clusters of the configuration, and which of them an object names. Imports `super::rest`.

use std::collections::BTreeMap;

use delivery_http_client::Http;

use super::rest::Connect;
use crate::config::Cluster;
use crate::strimzi::connector::{KafkaConnector, cluster_of};
use crate::strimzi::reason::Reason;

/// The clusters by name.
#[derive(Clone, Debug)]
pub struct Clusters(BTreeMap<String, Connect>);

/// Why an object has no Kafka Connect cluster.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ClusterError {
    /// The object names no cluster.
    #[error(
        "The label strimzi.io/cluster is missing; set it to the connector's Kafka Connect cluster, one of: {known}."
    )]
    NoLabel {
        /// The configured clusters.
        known: String,
    },
    /// The object names a cluster that is not configured.
    #[error(
        "The label strimzi.io/cluster names the Kafka Connect cluster {cluster}, which the connector operator is not configured for; it has: {known}."
    )]
    Unknown {
        /// The value of the label.
        cluster: String,
        /// The configured clusters.
        known: String,
    },
}

impl ClusterError {
    /// The reason in the status.
    #[must_use]
    pub const fn reason(&self) -> Reason {
        match self {
            Self::NoLabel { .. } => Reason::InvalidResource,
            Self::Unknown { .. } => Reason::NoSuchResource,
        }
    }
}

impl Clusters {
    /// Clients of the configured clusters, which share their connections.
    #[must_use]
    pub fn new(http: &Http, clusters: &BTreeMap<String, Cluster>) -> Self {
        Self(clusters.iter().map(|(name, cluster)| (name.clone(), Connect::new(http.clone(), cluster))).collect())
    }

    /// The cluster that the object's label names.
    ///
    /// # Errors
    /// When it names none, or one that is not configured.
    pub fn of(&self, connector: &KafkaConnector) -> Result<(&str, &Connect), ClusterError> {
        let known = || self.0.keys().map(String::as_str).collect::<Vec<_>>().join(", ");
        let label = cluster_of(connector).filter(|label| !label.is_empty());
        let cluster = label.ok_or_else(|| ClusterError::NoLabel { known: known() })?;
        let found = self.0.get_key_value(cluster).map(|(name, connect)| (name.as_str(), connect));
        found.ok_or_else(|| ClusterError::Unknown { cluster: cluster.to_owned(), known: known() })
    }

    /// All clusters with their names.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Connect)> {
        self.0.iter().map(|(name, connect)| (name.as_str(), connect))
    }
}
