//! What becomes of a record: done, rejected, or to be retried.

use delivery_messages::DecodeError;

use crate::log::writer::WriteError;

/// What became of a record.
#[derive(Debug)]
pub(crate) enum Outcome {
    /// A request became a Delivery.
    Created,
    /// A request has become a Delivery before.
    Repeated,
    /// A request is erased, so nothing may follow from it.
    Erased,
    /// A command was carried out.
    Done,
    /// The record cannot be used.
    Rejected(Rejection),
}

impl Outcome {
    /// As the metrics name it.
    #[must_use]
    pub(crate) const fn label(&self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Repeated => "repeated",
            Self::Erased => "erased",
            Self::Done => "done",
            Self::Rejected(_) => "rejected",
        }
    }
}

/// Why a record cannot be used, and which request is answered by that.
#[derive(Debug)]
pub(crate) struct Rejection {
    pub refusal: Refusal,
    /// The request, if the record names one.
    pub request_id: Option<String>,
}

impl Refusal {
    /// The answer to a request.
    #[must_use]
    pub(crate) fn of(self, request_id: impl Into<Option<String>>) -> Rejection {
        Rejection { refusal: self, request_id: request_id.into() }
    }
}

/// Why a record cannot be used, in a sentence for the sender.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Refusal {
    /// It cannot be decoded.
    #[error(transparent)]
    Undecodable(#[from] DecodeError),
    /// It is too old to know whether it has been served before.
    #[error("The request is older than requests are kept. Send a new one, with another requestId.")]
    Expired,
    #[error("There is no route {route} in the namespace {namespace}; GET /routes lists the existing ones.")]
    UnknownRoute { route: String, namespace: String },
    #[error("The route {route} cannot be used: {fault}")]
    RouteNotReady {
        route: String,
        /// A whole sentence.
        fault: String,
    },
    #[error("{active} deliveries are running, the maximum is {max}. Try again later.")]
    TooManyActive { active: usize, max: usize },
    #[error("This client has {active} running deliveries, the maximum is {max}. Try again later.")]
    TooManyOfClient { active: usize, max: usize },
    #[error("The quota of the namespace {namespace} allows no further delivery: {message}")]
    QuotaExceeded { namespace: String, message: String },
    #[error("Kubernetes rejected the Delivery: {0}")]
    Invalid(String),
    #[error("There is no delivery {0}.")]
    UnknownDelivery(String),
    #[error("The delivery {0} no longer exists.")]
    DeliveryGone(String),
    #[error("The delivery {0} has already ended.")]
    DeliveryEnded(String),
}

impl Refusal {
    /// As the dead letter and the metrics name it.
    #[must_use]
    pub(crate) const fn reason(&self) -> &'static str {
        match self {
            Self::Undecodable(error) => error.reason(),
            Self::Expired => "RequestExpired",
            Self::UnknownRoute { .. } => "UnknownRoute",
            Self::RouteNotReady { .. } => "RouteNotReady",
            Self::TooManyActive { .. } | Self::TooManyOfClient { .. } | Self::QuotaExceeded { .. } => "TooManyActive",
            Self::Invalid(_) => "InvalidRequest",
            Self::UnknownDelivery(_) | Self::DeliveryGone(_) => "UnknownDelivery",
            Self::DeliveryEnded(_) => "DeliveryEnded",
        }
    }
}

/// A failure that is not the record's fault: it is retried.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Retry {
    #[error("Cannot {action} the Delivery {name}: {source}.")]
    Api { action: &'static str, name: String, source: Box<kube::Error> },
    /// The next try finds out whose it is.
    #[error("The Delivery {0} was created at the same moment.")]
    Raced(String),
    #[error("The API server returned a Delivery without metadata: {0}.")]
    Incomplete(#[from] crate::base::subject::Incomplete),
    #[error("{turns} names for the request {request} are taken by other Deliveries.")]
    NamesTaken { turns: u32, request: String },
    #[error(transparent)]
    Write(#[from] WriteError),
}

impl Retry {
    /// For `map_err`: the API server could not do that.
    pub(crate) fn api(action: &'static str, name: &str) -> impl FnOnce(kube::Error) -> Self {
        move |source| Self::Api { action, name: name.to_owned(), source: Box::new(source) }
    }
}
