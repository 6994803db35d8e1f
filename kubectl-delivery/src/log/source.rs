//! Decides where Kafka is read from.
//!
//! Brokers named on the command line are used as they are. Otherwise the installation in the cluster names the brokers. If all
//! of them can be reached from here at the addresses that they advertise, they are read from here, otherwise by a Job in
//! the cluster.

use std::path::PathBuf;
use std::time::Duration;

use delivery_kafka::KafkaConfig;
use delivery_messages::records::text::without_values;
use futures::future::{join_all, select_ok};
use tempfile::TempDir;
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::in_cluster::InClusterJob;
use super::properties;
use super::reader::{LogError, LogReader};
use crate::base::{Error, Problem};
use crate::cluster::cleanup::Cleanup;
use crate::cluster::connection::{Cluster, Connection};
use crate::cluster::installation::{self, Installation, OperatorConfig};

/// How long the brokers have to answer from here.
const REACH_TIMEOUT: Duration = Duration::from_secs(3);

/// A `--config` file that cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("{} is not a valid operator configuration: {}.", path.display(), without_values(&source.to_string()))]
pub(crate) struct InvalidConfigFile {
    path: PathBuf,
    source: serde_yaml::Error,
}

impl Problem for InvalidConfigFile {
    fn reason(&self) -> &'static str {
        "InvalidConfig"
    }
}

#[derive(Clone, Debug, Default, clap::Args)]
#[command(next_help_heading = "Connection to Kafka (default: from the operator's configuration in the cluster)")]
pub(crate) struct KafkaArguments {
    /// host:port of one or more brokers, separated by commas. The cluster's API server is then not needed.
    #[arg(long, value_name = "HOST:PORT", env = "CODE_DELIVERY_BOOTSTRAP_SERVERS")]
    pub(crate) bootstrap_servers: Option<String>,
    /// With --bootstrap-servers: the prefix of all topic names.
    #[arg(long, value_name = "PREFIX", default_value = "", env = "CODE_DELIVERY_TOPIC_PREFIX")]
    pub(crate) topic_prefix: String,
    /// With --bootstrap-servers: the prefix of all consumer group names.
    #[arg(long, value_name = "PREFIX", default_value = "", env = "CODE_DELIVERY_GROUP_PREFIX")]
    pub(crate) group_prefix: String,
    /// With --bootstrap-servers: a directory of librdkafka properties, for TLS and SASL; each file's name is a property and its
    /// content the value.
    #[arg(long, value_name = "DIR", env = "CODE_DELIVERY_KAFKA_PROPERTIES")]
    pub(crate) kafka_properties: Option<PathBuf>,
    /// The namespace of Code Delivery's operator; default: the current namespace, otherwise the one whose release serves it.
    #[arg(long, value_name = "NAMESPACE", env = "CODE_DELIVERY_INSTALLATION_NAMESPACE")]
    pub(crate) installation_namespace: Option<String>,
    /// The operator's configuration file; for a Job in the cluster.
    #[arg(long, value_name = "FILE", hide = true)]
    pub(crate) config: Option<PathBuf>,
}

/// Where Kafka is read from.
pub(crate) enum LogSource {
    /// From here.
    Direct {
        config: KafkaConfig,
        #[expect(dead_code, reason = "the directory lives as long as this")]
        /// The Secret's properties, in a directory that only this user can read.
        properties: Option<TempDir>,
    },
    /// By a Job in the cluster.
    InCluster(Box<InClusterJob>),
}

impl KafkaArguments {
    /// Decides where Kafka is read from.
    pub(crate) async fn source(&self, connection: &Connection, cleanup: &Cleanup) -> Result<LogSource, Error> {
        let direct = |config| Ok(LogSource::Direct { config, properties: None });
        if let Some(servers) = &self.bootstrap_servers {
            return direct(KafkaConfig {
                bootstrap_servers: servers.clone(),
                topic_prefix: self.topic_prefix.clone(),
                group_prefix: self.group_prefix.clone(),
                properties_directory: self.kafka_properties.clone(),
            });
        }
        if let Some(path) = &self.config {
            let text = std::fs::read_to_string(path);
            let text = text.map_err(|source| Error::File { path: path.clone(), source })?;
            let config: OperatorConfig =
                serde_yaml::from_str(&text).map_err(|source| InvalidConfigFile { path: path.clone(), source })?;
            return direct(config.kafka);
        }
        let cluster = connection.cluster().await?;
        let installation = installation::find(&cluster, self.installation_namespace.as_deref()).await?;
        of_installation(&cluster, installation, cleanup).await
    }
}

/// From where the Kafka of an installation is read, if no brokers are named.
pub(crate) async fn of_installation(
    cluster: &Cluster,
    installation: Installation,
    cleanup: &Cleanup,
) -> Result<LogSource, Error> {
    if let Some(source) = from_here(cluster, &installation).await? {
        return Ok(source);
    }
    let image = installation.image(cluster).await?;
    let (cluster, cleanup) = (cluster.clone(), cleanup.clone());
    Ok(LogSource::InCluster(Box::new(InClusterJob { cluster, installation, image, cleanup })))
}

/// The Kafka of an installation, if it can be read from here.
pub(crate) async fn from_here(cluster: &Cluster, installation: &Installation) -> Result<Option<LogSource>, Error> {
    if !is_open(&installation.config.kafka.bootstrap_servers).await {
        return Ok(None);
    }
    let Ok(properties) = installation.properties(cluster).await else { return Ok(None) };
    let names = properties.iter().map(|(name, _)| name.as_str());
    if let Some(refused) = properties::refused(names, &installation.secret_name()) {
        eprintln!("{refused}");
        return Ok(None);
    }
    let (config, properties) = local(installation, &properties)?;
    Ok(is_reachable(&config).await.then_some(LogSource::Direct { config, properties }))
}

/// The installation's settings for use from here, with the Secret's properties in a temporary directory.
fn local(
    installation: &Installation,
    properties: &[(String, Vec<u8>)],
) -> Result<(KafkaConfig, Option<TempDir>), Error> {
    let mut config = KafkaConfig { properties_directory: None, ..installation.config.kafka.clone() };
    if properties.is_empty() {
        return Ok((config, None));
    }
    let failed = |source| Error::File { path: std::env::temp_dir(), source };
    let directory = tempfile::Builder::new().prefix("kubectl-delivery-").tempdir().map_err(failed)?;
    for (name, value) in properties {
        std::fs::write(directory.path().join(name), value).map_err(failed)?;
    }
    config.properties_directory = Some(directory.path().to_owned());
    Ok((config, Some(directory)))
}

/// Whether one of these servers accepts a connection from here.
async fn is_open(servers: &str) -> bool {
    let attempts = servers.split(',').map(|server| Box::pin(TcpStream::connect(server.trim().to_owned())));
    matches!(timeout(REACH_TIMEOUT / 2, select_ok(attempts)).await, Ok(Ok(_)))
}

/// Whether Kafka answers from here, and each broker accepts a connection at the address that it advertises.
async fn is_reachable(config: &KafkaConfig) -> bool {
    let brokers = async {
        let metadata = LogReader::new(config.clone())?.metadata(REACH_TIMEOUT / 2).await?;
        Ok::<_, LogError>(
            metadata.brokers().iter().map(|broker| (broker.host().to_owned(), broker.port())).collect::<Vec<_>>(),
        )
    };
    let Ok(brokers) = brokers.await else { return false };
    let attempts = brokers.into_iter().map(|(host, port)| {
        let port = u16::try_from(port).unwrap_or_default();
        timeout(REACH_TIMEOUT / 2, TcpStream::connect((host, port)))
    });
    join_all(attempts).await.iter().all(|attempt| matches!(attempt, Ok(Ok(_))))
}

#[cfg(test)]
#[path = "tests/source.rs"]
mod tests;
