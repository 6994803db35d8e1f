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
    /// The API server may or may not have created a pod.
    #[error("It is not known whether the pod {name} was created: {source}.")]
    PodUncertain {
        /// The pod's name.
        name: String,
        /// What was heard instead of an answer.
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
            Self::PodUncertain { .. } => "PodUncertain",
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

/// Whether it is certain that the API server did not do what it was asked.
#[must_use]
pub fn was_refused(error: &kube::Error) -> bool {
    matches!(error, kube::Error::Api(status) if (400..500).contains(&status.code) && status.code != 408)
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
    fn only_a_clear_no_is_a_refusal() {
        let answer = |code| kube::Error::Api(Box::new(kube::core::Status { code, ..kube::core::Status::default() }));
        assert!([400, 403, 404, 409, 422, 429].into_iter().all(|code| was_refused(&answer(code))));
        assert!([408, 500, 503, 504].into_iter().all(|code| !was_refused(&answer(code))));
        assert!(!was_refused(&kube::Error::LinesCodecMaxLineLengthExceeded));
    }

    #[test]
    fn every_error_has_a_reason_of_its_own() {
        let errors = [
            Error::Api { doing: "list the pods", source: Box::new(kube::Error::LinesCodecMaxLineLengthExceeded) },
            Error::NameTaken { kind: "Pod", name: "a".to_owned() },
            Error::PodUncertain {
                name: "a".to_owned(),
                source: Box::new(kube::Error::LinesCodecMaxLineLengthExceeded),
            },
            Error::Timeout(30),
            Error::Encode(String::new()),
        ];
        let reasons: BTreeSet<_> = errors.iter().map(Error::reason).collect();
        assert_eq!(reasons.len(), errors.len());
    }
}
