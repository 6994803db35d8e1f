//! How to reach Kafka: the `kafka` part of every service's configuration file.

use delivery_messages::{Topic, Topics};
use rdkafka::ClientConfig;
use rdkafka::config::RDKafkaLogLevel;
use serde::{Deserialize, Serialize};
use std::fs;
use std::path::{Path, PathBuf};

/// How to reach Kafka, and what to call topics and groups there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct KafkaConfig {
    /// `host:port` of one or more brokers, separated by commas.
    pub bootstrap_servers: String,
    /// What comes before the name of each topic.
    #[serde(default)]
    pub topic_prefix: String,
    /// What comes before the name of each consumer group.
    #[serde(default)]
    pub group_prefix: String,
    /// A directory, usually a mounted Secret: the name of each file is a librdkafka property, its content the value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub properties_directory: Option<PathBuf>,
}

/// Why the connection's settings cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConnectionError {
    /// The directory of properties, or a file in it, cannot be read.
    #[error(
        "The Kafka property {} cannot be read: {source}. Check the Secret that kafka.propertiesDirectory names.",
        path.display()
    )]
    Property {
        /// The file or directory.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// librdkafka refuses the settings.
    #[error("Kafka's client refuses its settings: {0}. Check kafka.propertiesDirectory and its files.")]
    Client(#[from] rdkafka::error::KafkaError),
}

impl KafkaConfig {
    /// The names of this installation's topics.
    #[must_use]
    pub fn topics(&self) -> Topics {
        Topics::new(self.topic_prefix.clone())
    }

    /// The full name of a topic.
    #[must_use]
    pub fn topic(&self, topic: Topic) -> String {
        self.topics().name(topic)
    }

    /// The full name of a consumer group.
    #[must_use]
    pub fn group(&self, name: &str) -> String {
        format!("{}{name}", self.group_prefix)
    }

    /// The settings that all clients share; `purpose` becomes the client's id.
    ///
    /// # Errors
    /// When a file of the properties' directory cannot be read.
    pub fn client(&self, purpose: &str) -> Result<ClientConfig, ConnectionError> {
        let mut client = ClientConfig::new();
        client
            .set("bootstrap.servers", &self.bootstrap_servers)
            .set("client.id", purpose)
            .set("allow.auto.create.topics", "false")
            .set("log.connection.close", "false")
            .set("reconnect.backoff.ms", "50")
            .set("reconnect.backoff.max.ms", "1000")
            .set("socket.keepalive.enable", "true")
            // The address of a broker that has just been replaced may answer nothing at all; half a minute is the default.
            .set("socket.connection.setup.timeout.ms", "5000")
            .set_log_level(RDKafkaLogLevel::Warning);
        if let Some(directory) = &self.properties_directory {
            for (name, value) in properties(directory)? {
                client.set(name, value);
            }
        }
        Ok(client)
    }
}

/// The properties in a directory; a mounted Secret's own `..data` links are left out.
fn properties(directory: &Path) -> Result<Vec<(String, String)>, ConnectionError> {
    let failed = |path: &Path| {
        let path = path.to_owned();
        move |source| ConnectionError::Property { path, source }
    };
    let mut found = Vec::new();
    for entry in fs::read_dir(directory).map_err(failed(directory))? {
        let path = entry.map_err(failed(directory))?.path();
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        if name.starts_with("..") || !path.is_file() {
            continue;
        }
        let value = fs::read_to_string(&path).map_err(failed(&path))?;
        found.push((name, value.trim_end_matches(['\r', '\n']).to_owned()));
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_file_of_a_mounted_secret_is_a_property() {
        let directory = std::env::temp_dir().join(format!("kafka-properties-{}", std::process::id()));
        fs::create_dir_all(directory.join("..data")).unwrap();
        fs::write(directory.join("sasl.username"), "courier\n").unwrap();
        fs::write(directory.join("client.id"), "mine").unwrap();
        let config = KafkaConfig {
            bootstrap_servers: "kafka:9092".to_owned(),
            topic_prefix: "north.".to_owned(),
            group_prefix: String::new(),
            properties_directory: Some(directory.clone()),
        };
        let client = config.client("test").unwrap();
        fs::remove_dir_all(directory).unwrap();
        assert_eq!(client.get("sasl.username"), Some("courier"));
        assert_eq!(client.get("client.id"), Some("mine"), "a property of the Secret wins");
        assert_eq!(config.topic(Topic::Plan), "north.delivery.plan");
    }

    #[test]
    fn a_missing_secret_is_said_with_its_path() {
        let config = KafkaConfig {
            bootstrap_servers: "kafka:9092".to_owned(),
            topic_prefix: String::new(),
            group_prefix: String::new(),
            properties_directory: Some("/no/such/secret".into()),
        };
        assert!(config.client("test").unwrap_err().to_string().contains("/no/such/secret"));
    }
}
