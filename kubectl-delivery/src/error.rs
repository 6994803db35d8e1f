//! Why a command could not do what it was asked for.

use delivery_kafka::{ConnectionError, ReadError};
use rdkafka::error::KafkaError;
use std::path::PathBuf;

/// Why a command failed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no cluster to talk to.
    #[error("The kubeconfig cannot be used: {0}. Check --kubeconfig, --context and KUBECONFIG.")]
    Kubeconfig(String),
    /// The API server refuses or does not answer.
    #[error("{what}: {}", api(source))]
    Api {
        /// What was tried, as the beginning of a sentence.
        what: String,
        /// What the server says.
        source: Box<kube::Error>,
    },
    /// Code Delivery is not to be found.
    #[error("{0}")]
    NoInstallation(String),
    /// The settings for Kafka cannot be used.
    #[error(transparent)]
    Connection(Box<ConnectionError>),
    /// Kafka refuses to be read.
    #[error(transparent)]
    Read(Box<ReadError>),
    /// Kafka does not answer.
    #[error(
        "Kafka at {servers} does not tell about {what}: {source}. Check that it runs and can be reached from here."
    )]
    Kafka {
        /// Where it was asked.
        servers: String,
        /// What it was asked.
        what: String,
        /// What the client says.
        source: Box<KafkaError>,
    },
    /// Kafka stopped sending.
    #[error("Kafka at {0} has sent nothing for 60 s; try again when it runs.")]
    Silent(String),
    /// A topic that must be there is not.
    #[error("Kafka at {servers} has no topic {topic}. Is this the Kafka of Code Delivery, and --topic-prefix right?")]
    NoTopic {
        /// Where it was asked.
        servers: String,
        /// The topic.
        topic: String,
    },
    /// Something that was named is not there.
    #[error("{0}")]
    NotFound(String),
    /// Something that was given cannot be used.
    #[error("{0}")]
    Invalid(String),
    /// A file cannot be read or written.
    #[error("{} cannot be used: {source}.", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// The reader in the cluster failed.
    #[error("{0}")]
    Errand(String),
    /// The gateway does not answer.
    #[error("{0}")]
    Gateway(String),
    /// A deadline passed.
    #[error("{0}")]
    TimedOut(String),
    /// Standard output is gone or full.
    #[error("The output cannot be written: {0}.")]
    Output(#[from] std::io::Error),
    /// Something cannot be written as JSON or YAML.
    #[error("The output cannot be written: {0}.")]
    Json(#[from] serde_json::Error),
    /// The user interrupted.
    #[error("Interrupted.")]
    Interrupted,
}

impl From<ConnectionError> for Error {
    fn from(error: ConnectionError) -> Self {
        Self::Connection(Box::new(error))
    }
}

impl From<ReadError> for Error {
    fn from(error: ReadError) -> Self {
        Self::Read(Box::new(error))
    }
}

impl Error {
    /// A stable name.
    #[must_use]
    pub const fn reason(&self) -> &'static str {
        match self {
            Self::Kubeconfig(_) => "Kubeconfig",
            Self::Api { .. } => "ApiServer",
            Self::NoInstallation(_) => "NoInstallation",
            Self::Connection(_) => "KafkaSettings",
            Self::Read(_) => "KafkaRefuses",
            Self::Kafka { .. } | Self::Silent(_) => "KafkaUnavailable",
            Self::NoTopic { .. } => "NoTopic",
            Self::NotFound(_) => "NotFound",
            Self::Invalid(_) => "Invalid",
            Self::File { .. } => "File",
            Self::Errand(_) => "Errand",
            Self::Gateway(_) => "GatewayUnavailable",
            Self::TimedOut(_) => "TimedOut",
            Self::Output(_) | Self::Json(_) => "Output",
            Self::Interrupted => "Interrupted",
        }
    }

    /// What the API server answered to an attempt: `what` begins the sentence.
    pub fn api(what: impl Into<String>) -> impl FnOnce(kube::Error) -> Self {
        move |source| Self::Api { what: what.into(), source: Box::new(source) }
    }

    /// The exit code of a command that failed so: 130 as a shell says of an interrupt, otherwise 2, since 1 is a verdict.
    #[must_use]
    pub const fn exit_code(&self) -> u8 {
        match self {
            Self::Interrupted => 130,
            _ => 2,
        }
    }
}

/// What the server says, without the frame that the client puts around it.
fn api(error: &kube::Error) -> String {
    match error {
        kube::Error::Api(status) => format!("{} ({})", status.message.trim_end_matches('.'), status.reason),
        other => other.to_string(),
    }
}
