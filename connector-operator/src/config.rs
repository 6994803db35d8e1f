//! The connector operator's configuration file: its fields, their defaults, and what they must agree on.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use http::Uri;
use serde::Deserialize;

/// The whole file.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Config {
    /// Whose connectors these are: one text per installation that shares a Kafka Connect, `namespace/release`.
    pub source: String,
    /// Where `/livez`, `/readyz` and `/metrics` are served.
    #[serde(default = "delivery_observability::admin::default_address")]
    pub admin_address: SocketAddr,
    /// The namespaces whose `KafkaConnectors` are served.
    pub watch_namespaces: Vec<String>,
    /// The Kafka Connect clusters, by the name that the label `strimzi.io/cluster` gives.
    pub clusters: BTreeMap<String, Cluster>,
    /// How often every connector is compared with its object even if nothing is heard, in seconds.
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
}

/// Why a configuration cannot be used.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum Contradiction {
    /// A source by which no connector can be recognized.
    #[error("source is {0:?}; name the installation as namespace/release, without spaces.")]
    Source(String),
    /// Nothing to watch.
    #[error("watchNamespaces is empty; name at least one namespace.")]
    NothingWatched,
    /// Nothing to connect to.
    #[error("clusters is empty; name at least one Kafka Connect cluster and its url.")]
    NoClusters,
    /// An address that is none.
    #[error("clusters.{name}.url is {url:?}; it must be http://host:port or https://host:port.")]
    Address {
        /// The cluster.
        name: String,
        /// What was given.
        url: String,
    },
    /// A password that anyone on the way could read.
    #[error("clusters.{0} has credentials but a plain http:// url; use https://.")]
    PasswordInPlainText(String),
    /// No time between two looks.
    #[error("resyncSeconds must be at least 1.")]
    Resync,
}

impl Config {
    /// Checks what the fields must agree on.
    ///
    /// # Errors
    /// The first contradiction.
    pub fn check(&self) -> Result<(), Contradiction> {
        if self.source.is_empty() || self.source.contains(char::is_whitespace) {
            return Err(Contradiction::Source(self.source.clone()));
        }
        if self.watch_namespaces.is_empty() {
            return Err(Contradiction::NothingWatched);
        }
        if self.clusters.is_empty() {
            return Err(Contradiction::NoClusters);
        }
        if self.resync_seconds == 0 {
            return Err(Contradiction::Resync);
        }
        self.clusters.iter().try_for_each(|(name, cluster)| cluster.check(name))
    }

    /// How often every connector is compared with its object.
    #[must_use]
    pub const fn resync(&self) -> Duration {
        Duration::from_secs(self.resync_seconds)
    }
}

impl Cluster {
    fn check(&self, name: &str) -> Result<(), Contradiction> {
        let address = self.url.parse::<Uri>().ok().filter(|uri| {
            uri.host().is_some()
                && matches!(uri.scheme_str(), Some("http" | "https"))
                && uri.query().is_none()
                && !self.url.contains('@')
        });
        let Some(address) = address else {
            return Err(Contradiction::Address { name: name.to_owned(), url: without_login(&self.url) });
        };
        if self.credentials_directory.is_some() && address.scheme_str() == Some("http") && !is_loopback(&address) {
            return Err(Contradiction::PasswordInPlainText(name.to_owned()));
        }
        Ok(())
    }
}

/// A URL without what stands before its host: it may be a password.
fn without_login(url: &str) -> String {
    match url.rsplit_once('@') {
        Some((_, host)) => format!("…@{host}"),
        None => url.to_owned(),
    }
}

fn is_loopback(address: &Uri) -> bool {
    matches!(address.host(), Some("127.0.0.1" | "localhost" | "[::1]"))
}

fn resync_seconds() -> u64 {
    30
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// A small configuration, for tests of all modules.
    pub(crate) fn example() -> Config {
        serde_yaml::from_str(
            "
            source: shop/code-delivery
            watchNamespaces: [shop]
            clusters:
              connect: { url: 'http://connect:8083' }
            ",
        )
        .unwrap()
    }

    #[test]
    fn a_short_file_is_enough() {
        let config = example();
        config.check().unwrap();
        assert_eq!(config.resync(), Duration::from_secs(30));
        assert_eq!(config.admin_address.port(), 9090);
    }

    #[test]
    fn a_mistyped_field_is_refused_by_its_name() {
        let error = serde_yaml::from_str::<Cluster>("uri: http://connect:8083").unwrap_err().to_string();
        assert!(error.contains("uri") && error.contains("url"), "{error}");
    }

    #[test]
    fn contradictions_are_said_before_anything_starts() {
        let changed = |change: fn(&mut Config)| {
            let mut config = example();
            change(&mut config);
            config.check().unwrap_err()
        };
        assert_eq!(changed(|config| config.source = "a b".to_owned()), Contradiction::Source("a b".to_owned()));
        assert_eq!(changed(|config| config.watch_namespaces.clear()), Contradiction::NothingWatched);
        assert_eq!(changed(|config| config.clusters.clear()), Contradiction::NoClusters);
        assert_eq!(changed(|config| config.resync_seconds = 0), Contradiction::Resync);
        let with_url = |url: &str| {
            let mut config = example();
            config.clusters.insert("b".to_owned(), Cluster { url: url.to_owned(), credentials_directory: None });
            config.check()
        };
        for wrong in ["connect:8083", "kafka://connect:8083", "", "http://", "http://connect:8083/?a=b"] {
            assert!(matches!(with_url(wrong), Err(Contradiction::Address { .. })), "{wrong}");
        }
        for right in ["http://connect", "https://connect.example.com:8443", "http://10.0.0.1:8083/connect"] {
            assert_eq!(with_url(right), Ok(()), "{right}");
        }
    }

    #[test]
    fn a_password_is_neither_sent_in_plain_text_nor_said() {
        let mut config = example();
        let cluster = |url: &str| Cluster { url: url.to_owned(), credentials_directory: Some("/etc/login".into()) };
        config.clusters.insert("b".to_owned(), cluster("http://connect:8083"));
        assert_eq!(config.check(), Err(Contradiction::PasswordInPlainText("b".to_owned())));
        config.clusters.insert("b".to_owned(), cluster("https://user:secret@connect:8083"));
        let said = config.check().unwrap_err().to_string();
        assert!(said.contains("…@connect:8083") && !said.contains("secret"), "{said}");
    }
}
