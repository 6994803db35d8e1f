//! Why a reconciliation did not come to its end; each with a stable name for conditions, events and metrics.

use crate::log::WriteError;
use delivery_kafka::ReadError;

/// Why a reconciliation did not come to its end.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The API server refused, or did not answer.
    #[error("The Kubernetes API could not {doing}: {source}.")]
    Api {
        /// What was tried, as in "create the pod".
        doing: &'static str,
        /// What it says.
        source: Box<kube::Error>,
    },
    /// Somebody else has an object of a name that we need.
    #[error("There is a {kind} {name} that does not belong to this Delivery; delete it, or use another name.")]
    NameTaken {
        /// The kind of the object.
        kind: &'static str,
        /// Its name.
        name: String,
    },
    /// Kafka did not take a plan or a route.
    #[error(transparent)]
    Write(#[from] WriteError),
    /// Kafka did not give a route.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// It took too long.
    #[error("The reconciliation took longer than {0} seconds.")]
    Timeout(u64),
    /// An object cannot be written as JSON or YAML.
    #[error("An object of the Delivery cannot be written: {0}.")]
    Encode(String),
}

impl Error {
    /// A stable name.
    #[must_use]
    pub const fn reason(&self) -> &'static str {
        match self {
            Self::Api { .. } => "ApiError",
            Self::NameTaken { .. } => "NameTaken",
            Self::Write(_) => "KafkaWriteFailed",
            Self::Read(_) => "KafkaReadFailed",
            Self::Timeout(_) => "Timeout",
            Self::Encode(_) => "EncodeFailed",
        }
    }

    /// For `map_err`: the API could not do that.
    pub fn api(doing: &'static str) -> impl FnOnce(kube::Error) -> Self {
        move |source| Self::Api { doing, source: Box::new(source) }
    }
}

/// Whether the API server answered with that status.
#[must_use]
pub fn answered(error: &kube::Error, code: u16) -> bool {
    matches!(error, kube::Error::Api(status) if status.code == code)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_error_has_a_reason_of_its_own() {
        let errors = [
            Error::Api { doing: "list the pods", source: Box::new(kube::Error::LinesCodecMaxLineLengthExceeded) },
            Error::NameTaken { kind: "Pod", name: "a".to_owned() },
            Error::Timeout(30),
            Error::Encode(String::new()),
        ];
        let reasons: BTreeSet<_> = errors.iter().map(Error::reason).collect();
        assert_eq!(reasons.len(), errors.len());
    }
}
