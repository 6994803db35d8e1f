//! Why a reconciliation failed, with a stable reason for conditions, events and metrics.

use std::time::Duration;

use delivery_controller::error::ApiError;
use delivery_controller::reconcile::TimedOut;
use delivery_kafka::ReadError;
use delivery_messages::records::text::cut;

use crate::base::api::{Silent, refusal, uncalled_webhook};
use crate::base::reason::Reason;
use crate::log::writer::WriteError;

/// The longest delay of a retry.
const MAX_DELAY: Duration = Duration::from_mins(5);
/// The same after a refusal of a pod: short, because room in a quota should be used soon.
const MAX_DELAY_REFUSED: Duration = Duration::from_secs(30);
/// The maximum number of bytes of the API server's sentence in a condition.
const MAX_SENTENCE: usize = 900;

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
    /// The API server refused a pod or its ConfigMap for a reason of its own: a quota, a policy, a webhook.
    #[error(
        "Kubernetes refuses the {kind} {name}: {sentence}. The operator tries again every {} seconds at the latest.",
        MAX_DELAY_REFUSED.as_secs()
    )]
    PodRefused {
        kind: &'static str,
        name: String,
        /// The API server's own, without its full stop.
        sentence: String,
    },
    /// The webhook that puts the mesh's proxy into pods could not be called, so that nothing was created.
    #[error(
        "Kubernetes cannot create the {kind} {name}: the webhook {webhook}, by which Istio puts its proxy into pods, does not answer: \
         {cause}. See whether istiod runs: kubectl get pods --all-namespaces --selector app=istiod. The operator tries again every {} \
         seconds at the latest.",
        MAX_DELAY_REFUSED.as_secs()
    )]
    SidecarNotInjected {
        kind: &'static str,
        name: String,
        /// As its configuration names it.
        webhook: String,
        /// The API server's own, without its full stop.
        cause: String,
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
            Self::PodRefused { .. } => Reason::PodRefused,
            Self::SidecarNotInjected { .. } => Reason::SidecarNotInjected,
            Self::NameTaken { .. } => Reason::NameTaken,
            Self::Write(_) => Reason::KafkaWriteFailed,
            Self::Read(_) => Reason::KafkaReadFailed,
            Self::Timeout(_) | Self::Silent(_) => Reason::Timeout,
            Self::Encode(_) => Reason::EncodeFailed,
        }
    }

    /// The longest delay of a retry.
    #[must_use]
    pub(crate) const fn max_delay(&self) -> Duration {
        match self {
            Self::PodRefused { .. } | Self::SidecarNotInjected { .. } => MAX_DELAY_REFUSED,
            _ => MAX_DELAY,
        }
    }

    /// For `map_err` of what was refused by [`refusal`] or for an [`uncalled_webhook`], else as [`Self::api`].
    pub(crate) fn refused(kind: &'static str, name: &str, doing: &'static str) -> impl FnOnce(kube::Error) -> Self {
        let own_words = |sentence: &str| cut(sentence.trim_end_matches('.'), MAX_SENTENCE).into_owned();
        move |error| {
            let name = name.to_owned();
            match (uncalled_webhook(&error), refusal(&error)) {
                (Some(uncalled), _) if uncalled.is_of_the_mesh() => {
                    let (webhook, cause) = (uncalled.name.to_owned(), own_words(uncalled.cause));
                    Self::SidecarNotInjected { kind, name, webhook, cause }
                }
                (Some(uncalled), _) => Self::PodRefused { kind, name, sentence: own_words(uncalled.sentence) },
                (None, Some(sentence)) => Self::PodRefused { kind, name, sentence: own_words(sentence) },
                (None, None) => Self::api(doing)(error),
            }
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
