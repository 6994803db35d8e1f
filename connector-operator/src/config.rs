//! The connector operator's configuration file: its fields, their defaults, and their validation. Imports nothing of this crate.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use delivery_observability::secrets::without_login;
use http::Uri;
use serde::Deserialize;

/// The whole file.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Config {
    /// The installation that owns the connectors, as `namespace/release`: unique among those that share a Kafka Connect.
    pub source: String,
    /// Where `/livez`, `/readyz` and `/metrics` are served.
    #[serde(default = "delivery_observability::port::admin::default_address")]
    pub admin_address: SocketAddr,
    /// The namespaces whose `KafkaConnectors` are reconciled.
    pub watch_namespaces: Vec<String>,
    /// The Kafka Connect clusters, by the value of the label `strimzi.io/cluster`.
    pub clusters: BTreeMap<String, Cluster>,
    /// How often every connector is compared with its object even when nothing has changed, in seconds.
    #[serde(default = "resync_seconds")]
    pub resync_seconds: u64,
}

/// How to reach the REST API of one Kafka Connect cluster.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Cluster {
    /// `http://host:port` or `https://host:port`.
    pub url: String,
    /// A mounted Secret with the files `username` and `password`, for basic authentication.
    #[serde(default)]
    pub credentials_directory: Option<PathBuf>,
    /// The namespaces whose `KafkaConnectors` may use it; empty: all that are watched. Whoever may create a `KafkaConnector` there reads and
    /// writes whatever this Kafka Connect may.
    #[serde(default)]
    pub namespaces: BTreeSet<String>,
}

/// Why a configuration cannot be used.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// A source that cannot mark a connector.
    #[error("source is {0:?}; set it to namespace/release, without spaces.")]
    Source(String),
    /// Nothing to watch.
    #[error("watchNamespaces is empty; add at least one namespace.")]
    NothingWatched,
    /// Nothing to connect to.
    #[error("clusters is empty; add at least one Kafka Connect cluster with its url.")]
    NoClusters,
    /// A URL of another form.
    #[error("clusters.{name}.url is {url:?}; set it to http://host:port or https://host:port.")]
    Url {
        /// The cluster.
        name: String,
        /// The URL, without a login.
        url: String,
    },
    /// A password that would be sent unencrypted.
    #[error("clusters.{0} has credentials but a plain http:// url; use https://.")]
    PasswordInPlainText(String),
    /// A namespace that nobody looks at.
    #[error(
        "clusters.{name}.namespaces names {namespace}, which is not in watchNamespaces; add it there, or remove it here."
    )]
    NotWatched {
        /// The cluster.
        name: String,
        /// The namespace.
        namespace: String,
    },
    /// No time between two resyncs.
    #[error("resyncSeconds must be at least 1.")]
    Resync,
}

impl Config {
    /// Validates the fields.
    ///
    /// # Errors
    /// The first that is invalid.
    pub fn check(&self) -> Result<(), ConfigError> {
        if self.source.is_empty() || self.source.contains(char::is_whitespace) {
            return Err(ConfigError::Source(self.source.clone()));
        }
        if self.watch_namespaces.is_empty() {
            return Err(ConfigError::NothingWatched);
        }
        if self.clusters.is_empty() {
            return Err(ConfigError::NoClusters);
        }
        if self.resync_seconds == 0 {
            return Err(ConfigError::Resync);
        }
        self.clusters.iter().try_for_each(|(name, cluster)| cluster.check(name, &self.watch_namespaces))
    }

    /// [`Self::resync_seconds`] as a duration.
    #[must_use]
    pub const fn resync(&self) -> Duration {
        Duration::from_secs(self.resync_seconds)
    }
}

impl Cluster {
    fn check(&self, name: &str, watched: &[String]) -> Result<(), ConfigError> {
        let address = self.url.parse::<Uri>().ok().filter(|uri| {
            uri.host().is_some()
                && matches!(uri.scheme_str(), Some("http" | "https"))
                && uri.query().is_none()
                && !self.url.contains('@')
        });
        let Some(address) = address else {
            return Err(ConfigError::Url { name: name.to_owned(), url: without_login(&self.url) });
        };
        if self.credentials_directory.is_some() && address.scheme_str() == Some("http") && !is_loopback(&address) {
            return Err(ConfigError::PasswordInPlainText(name.to_owned()));
        }
        if let Some(namespace) = self.namespaces.iter().find(|namespace| !watched.contains(namespace)) {
            return Err(ConfigError::NotWatched { name: name.to_owned(), namespace: namespace.clone() });
        }
        Ok(())
    }
}

fn is_loopback(address: &Uri) -> bool {
    matches!(address.host(), Some("127.0.0.1" | "localhost" | "[::1]"))
}

fn resync_seconds() -> u64 {
    30
}

#[cfg(test)]
#[path = "tests/config.rs"]
mod tests;
