//! Finds out from where Kafka can be reached.
//!
//! What is named on the command line is used as it is. Otherwise the installation in the cluster tells its brokers; when
//! they can be reached from here, each by the address that it gives out, they are asked from here, and otherwise by a
//! reader in the cluster.

use crate::cluster::Connection;
use crate::errand::Errand;
use crate::error::Error;
use crate::installation::{self, Installation, OperatorConfig};
use crate::leftovers::Leftovers;
use crate::log::Log;
use delivery_kafka::KafkaConfig;
use futures::future::{join_all, select_ok};
use std::path::PathBuf;
use std::time::Duration;
use tempfile::TempDir;
use tokio::net::TcpStream;
use tokio::time::timeout;

/// How long the brokers have to show that they can be reached from here.
const PATIENCE: Duration = Duration::from_secs(3);

/// How Kafka is reached.
#[derive(Clone, Debug, Default, clap::Args)]
#[command(next_help_heading = "How Kafka is reached (default: as the operator's configuration in the cluster says)")]
pub struct KafkaArguments {
    /// host:port of one or more brokers, separated by commas. The cluster is not asked then.
    #[arg(long, value_name = "HOST:PORT", env = "CODE_DELIVERY_BOOTSTRAP_SERVERS")]
    pub bootstrap_servers: Option<String>,
    /// With --bootstrap-servers: what comes before the name of each topic.
    #[arg(long, value_name = "PREFIX", default_value = "", env = "CODE_DELIVERY_TOPIC_PREFIX")]
    pub topic_prefix: String,
    /// With --bootstrap-servers: what comes before the name of each consumer group.
    #[arg(long, value_name = "PREFIX", default_value = "", env = "CODE_DELIVERY_GROUP_PREFIX")]
    pub group_prefix: String,
    /// With --bootstrap-servers: a directory whose files are librdkafka properties (name and content), for TLS and SASL.
    #[arg(long, value_name = "DIR", env = "CODE_DELIVERY_KAFKA_PROPERTIES")]
    pub kafka_properties: Option<PathBuf>,
    /// The namespace of Code Delivery's operator; default: the one in use, else wherever it is found.
    #[arg(long, value_name = "NAMESPACE")]
    pub installation_namespace: Option<String>,
    /// The operator's configuration file; how a reader in the cluster is told.
    #[arg(long, value_name = "FILE", hide = true)]
    pub config: Option<PathBuf>,
}

/// From where Kafka is asked.
pub enum Source {
    /// From here.
    Direct {
        /// How.
        config: KafkaConfig,
        /// Where the properties of the Secret are kept meanwhile, readable by nobody else.
        properties: Option<TempDir>,
    },
    /// From a pod in the cluster.
    InCluster(Box<Errand>),
}

impl KafkaArguments {
    /// Finds the way to Kafka.
    ///
    /// # Errors
    /// When there is none.
    pub async fn source(&self, connection: &Connection, leftovers: &Leftovers) -> Result<Source, Error> {
        let direct = |config| Ok(Source::Direct { config, properties: None });
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
            let config: OperatorConfig = serde_yaml::from_str(&text).map_err(|error| {
                Error::Invalid(format!("{} is no configuration of an operator: {error}.", path.display()))
            })?;
            return direct(config.kafka);
        }
        let cluster = connection.cluster().await?;
        let installation = installation::find(&cluster, self.installation_namespace.as_deref()).await?;
        if is_open(&installation.config.kafka.bootstrap_servers).await
            && let Ok(properties) = installation.properties(&cluster).await
        {
            let (config, properties) = here(&installation, &properties)?;
            if answers(&config).await {
                return Ok(Source::Direct { config, properties });
            }
        }
        let image = installation.image(&cluster).await?;
        Ok(Source::InCluster(Box::new(Errand { cluster, installation, image, leftovers: leftovers.clone() })))
    }
}

/// The installation's settings for use here, with the properties of its Secret in a directory of their own.
fn here(
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

/// Whether one of these servers takes a connection from here.
async fn is_open(servers: &str) -> bool {
    let attempts = servers.split(',').map(|server| Box::pin(TcpStream::connect(server.trim().to_owned())));
    matches!(timeout(PATIENCE / 2, select_ok(attempts)).await, Ok(Ok(_)))
}

/// Whether Kafka answers from here, and each broker takes a connection at the address that it gives out.
async fn answers(config: &KafkaConfig) -> bool {
    let brokers = async {
        let metadata = Log::new(config.clone())?.metadata(PATIENCE / 2).await?;
        Ok::<_, Error>(
            metadata.brokers().iter().map(|broker| (broker.host().to_owned(), broker.port())).collect::<Vec<_>>(),
        )
    };
    let Ok(brokers) = brokers.await else { return false };
    let attempts = brokers.into_iter().map(|(host, port)| {
        let port = u16::try_from(port).unwrap_or_default();
        timeout(PATIENCE / 2, TcpStream::connect((host, port)))
    });
    join_all(attempts).await.iter().all(|attempt| matches!(attempt, Ok(Ok(_))))
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::net::TcpListener;

    #[tokio::test]
    async fn a_server_is_open_when_one_of_the_list_takes_a_connection() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let open = listener.local_addr().unwrap().to_string();
        assert!(is_open(&format!("no-such-host.invalid:9092, {open}")).await);
        drop(listener);
        assert!(!is_open(&open).await);
        assert!(!is_open("no-such-host.invalid:9092").await);
    }
}
