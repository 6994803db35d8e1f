//! How to reach Kafka: the `kafka` section of every service's configuration file.

use std::fs;
use std::net::Ipv6Addr;
use std::path::{Path, PathBuf};

use delivery_messages::{Topic, Topics};
use rdkafka::ClientConfig;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::error::KafkaError;
use rdkafka::types::RDKafkaConfRes;
use serde::{Deserialize, Serialize};

/// The port of a broker that is named without one.
const PORT: u16 = 9092;

/// How to reach Kafka, and what to call topics and groups there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct KafkaConfig {
    /// `host:port` of one or more brokers, separated by commas; an IPv6 address is in brackets.
    pub bootstrap_servers: String,
    /// The prefix of each topic's name.
    #[serde(default)]
    pub topic_prefix: String,
    /// The prefix of each consumer group's name.
    #[serde(default)]
    pub group_prefix: String,
    /// A directory, usually a mounted Secret: the name of each file is a librdkafka property, its content the value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub properties_directory: Option<PathBuf>,
}

/// Why the connection's settings cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConnectionError {
    /// An IPv6 address without brackets, which librdkafka would take for the name of a host.
    #[error("Kafka cannot be reached at {server}: an IPv6 address is in brackets. Write it as {expected}.")]
    NoBrackets {
        /// The broker, as it was named.
        server: String,
        /// With brackets.
        expected: String,
    },
    /// The directory of properties, or a file in it, cannot be read.
    #[error(
        "Cannot read the Kafka property {}: {source}. Check the Secret that kafka.propertiesDirectory names.",
        path.display()
    )]
    Property {
        /// The file or directory.
        path: PathBuf,
        /// The system's error.
        source: std::io::Error,
    },
    /// librdkafka rejects a property. Its value may be a password, so no error holds it.
    #[error(
        "The Kafka client rejects the property {property}: {problem}. Check the file of that name in kafka.propertiesDirectory."
    )]
    Rejected {
        /// The property's name.
        property: String,
        /// What is wrong with it.
        problem: PropertyProblem,
    },
    /// librdkafka rejects the settings as a whole.
    #[error("The Kafka client rejects its settings: {0}. Check kafka.propertiesDirectory and its files.")]
    Client(#[source] KafkaError),
    /// Kafka's client cannot be created with a SASL mechanism that it does not know.
    #[error("The Kafka client does not know the SASL mechanism in sasl.mechanisms. Check kafka.propertiesDirectory.")]
    SaslMechanism,
    /// A name or a value contains a NUL character.
    #[error("A Kafka property contains a NUL character. Check kafka.propertiesDirectory and its files.")]
    Nul,
}

/// What is wrong with a property of librdkafka's, without its value.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum PropertyProblem {
    /// No property has this name.
    #[error("it has no such property")]
    Unknown,
    /// A property of Kafka's Java clients; librdkafka's text says what to use instead.
    #[error("{0}")]
    Java(String),
    /// The library was built without what the property needs.
    #[error("it is built without support for it")]
    Unsupported,
    /// A switch that is neither on nor off.
    #[error("it must be true or false")]
    NotBoolean,
    /// A number outside this range.
    #[error("its value is outside the range {0}")]
    OutOfRange(String),
    /// Any other value that it does not accept.
    #[error("its value is not valid")]
    Invalid,
}

impl PropertyProblem {
    /// From librdkafka's result and text. The text often quotes the value, in part or cut, so nothing is taken from it but what is known
    /// by its beginning to be free of it.
    fn new(result: RDKafkaConfRes, text: &str) -> Self {
        if result == RDKafkaConfRes::RD_KAFKA_CONF_UNKNOWN {
            return Self::Unknown;
        }
        if text.starts_with("Java ") {
            return Self::Java(text.trim_end().trim_end_matches('.').to_owned());
        }
        if text.starts_with("Expected bool value") || text.starts_with("Bool configuration property") {
            return Self::NotBoolean;
        }
        if text.starts_with("Configuration property ") {
            return match text.rsplit_once(" is outside allowed range ") {
                Some((_, range)) => Self::OutOfRange(range.trim_end().to_owned()),
                None => Self::Unsupported,
            };
        }
        Self::Invalid
    }
}

impl From<KafkaError> for ConnectionError {
    fn from(error: KafkaError) -> Self {
        match error {
            KafkaError::ClientConfig(result, text, property, _) => {
                Self::Rejected { property, problem: PropertyProblem::new(result, &text) }
            }
            KafkaError::ClientCreation(text) if text.contains("SASL mechanism") => Self::SaslMechanism,
            KafkaError::Nul(_) => Self::Nul,
            other => Self::Client(other),
        }
    }
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
    /// When a broker's IPv6 address is not in brackets, or a file of the properties' directory cannot be read.
    pub fn client(&self, purpose: &str) -> Result<ClientConfig, ConnectionError> {
        for server in self.bootstrap_servers.split(',').map(str::trim) {
            if let Some(expected) = in_brackets(server) {
                return Err(ConnectionError::NoBrackets { server: server.to_owned(), expected });
            }
        }
        let mut client = ClientConfig::new();
        client
            .set("bootstrap.servers", &self.bootstrap_servers)
            .set("client.id", purpose)
            .set("allow.auto.create.topics", "false")
            .set("log.connection.close", "false")
            .set("reconnect.backoff.ms", "50")
            .set("reconnect.backoff.max.ms", "1000")
            .set("socket.keepalive.enable", "true")
            // A broker that was just replaced may not answer at its old address at all; the default is half a minute.
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

/// How a broker is written that is named by an IPv6 address without brackets; none if it is named otherwise.
fn in_brackets(server: &str) -> Option<String> {
    let is_address = |text: &str| text.parse::<Ipv6Addr>().is_ok();
    match server.rsplit_once(':') {
        // An address may also end like this; then the port was forgotten, which is less likely than the brackets.
        Some((host, port)) if is_address(host) && port.parse::<u16>().is_ok() => Some(format!("[{host}]:{port}")),
        _ => is_address(server).then(|| format!("[{server}]:{PORT}")),
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
#[path = "tests/connection.rs"]
mod tests;
