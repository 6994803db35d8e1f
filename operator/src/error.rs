//! Why a reconciliation failed, with a stable reason for conditions, events and metrics.

use delivery_controller::error::ApiError;
use delivery_controller::reconcile::TimedOut;
use delivery_kafka::ReadError;

use crate::base::api::Silent;
use crate::base::reason::Reason;
use crate::log::writer::WriteError;

/// Why a reconciliation failed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// The API server refused a request, or did not answer.
    #[error(transparent)]
    Api(#[from] ApiError),
    /// The API server may or may not have created a pod.
    #[error("It is unknown whether the pod {name} was created: {source}.")]
    PodUncertain {
        name: String,
        /// What came instead of an answer.
        source: Box<kube::Error>,
    },
    /// Another owner's object has a name that we need.
    #[error(
        "The {kind} {name} exists and does not belong to this Delivery. Delete it, or recreate the Delivery under another name."
    )]
    NameTaken { kind: &'static str, name: String },
    /// Kafka did not accept a plan or a route.
    #[error(transparent)]
    Write(#[from] WriteError),
    /// A route could not be read from Kafka.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The API server did not answer.
    #[error(transparent)]
    Silent(#[from] Silent),
    /// It took too long.
    #[error(transparent)]
    Timeout(#[from] TimedOut),
    /// The ConfigMap of a pod could not be encoded.
    #[error(transparent)]
    Encode(#[from] EncodeError),
}

/// Why the ConfigMap of a pod could not be encoded.
#[derive(Debug, thiserror::Error)]
pub(crate) enum EncodeError {
    /// The configuration, as YAML.
    #[error("Cannot encode the simulator's config.yaml: {0}.")]
    Configuration(#[from] serde_yaml::Error),
    /// The plan and the route, as JSON.
    #[error("Cannot encode the simulator's plans.json: {0}.")]
    Plans(#[from] serde_json::Error),
}

impl Error {
    /// As conditions, events and metrics name it.
    #[must_use]
    pub(crate) const fn reason(&self) -> Reason {
        match self {
            Self::Api(_) => Reason::ApiError,
            Self::PodUncertain { .. } => Reason::PodUncertain,
            Self::NameTaken { .. } => Reason::NameTaken,
            Self::Write(_) => Reason::KafkaWriteFailed,
            Self::Read(_) => Reason::KafkaReadFailed,
            Self::Timeout(_) | Self::Silent(_) => Reason::Timeout,
            Self::Encode(_) => Reason::EncodeFailed,
        }
    }

    /// For `map_err`. `doing` completes the sentence "Cannot …", as in "create the pod".
    pub(crate) fn api(doing: &'static str) -> impl FnOnce(kube::Error) -> Self {
        move |source| ApiError::when(doing)(source).into()
    }
}

#[cfg(test)]
#[path = "tests/error.rs"]
mod tests;
