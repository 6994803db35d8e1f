//! What becomes of a record: done, rejected, or to be retried.

use delivery_messages::DecodeError;
use delivery_messages::records::text::cut;

use crate::base::api::{Silent, answered, is_silence, may_be_the_objects, refusal};
use crate::log::writer::WriteError;
use crate::tables::reading::Gap;

/// The maximum number of bytes of the API server's sentence: with ours around it, it is a header of a dead letter.
const MAX_SENTENCE: usize = 900;

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

/// The label of a record that cannot be used.
pub(crate) const REJECTED: &str = "rejected";

impl Outcome {
    /// As the metrics name it.
    #[must_use]
    pub(crate) const fn label(&self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Repeated => "repeated",
            Self::Erased => "erased",
            Self::Done => "done",
            Self::Rejected(_) => REJECTED,
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
    /// It asks for what no delivery can have.
    #[error(transparent)]
    Impossible(DecodeError),
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
    /// The API server's sentence.
    #[error("Kubernetes rejected the Delivery: {0}")]
    Invalid(String),
    /// The API server's sentence, which is that of an admission policy or webhook.
    #[error("Kubernetes denied the request: {0}")]
    Denied(String),
    #[error(
        "{turns} names for the request {request} are taken by other Deliveries. Send a new one, with another requestId."
    )]
    NamesTaken { turns: u32, request: String },
    #[error("The record could not be served in {tries} attempts: {fault}")]
    GaveUp {
        tries: u32,
        /// A whole sentence.
        fault: String,
    },
    #[error("The record could not be served, and there are too many that wait for another attempt: {0}")]
    Crowded(
        /// A whole sentence.
        String,
    ),
    #[error("There is no delivery {0}.")]
    UnknownDelivery(String),
    #[error("The delivery {0} no longer exists.")]
    DeliveryGone(String),
    #[error("The delivery {0} has already ended.")]
    DeliveryEnded(String),
}

impl Refusal {
    /// The refusal that an error of the API server is, if it is one for good; in the server's words, cut.
    #[must_use]
    pub(crate) fn by_the_api_server(error: &kube::Error, namespace: &str) -> Option<Self> {
        let message = cut(refusal(error)?, MAX_SENTENCE).into_owned();
        Some(if answered(error, 403) && message.contains("exceeded quota") {
            Self::QuotaExceeded { namespace: namespace.to_owned(), message }
        } else if answered(error, 400) || answered(error, 422) {
            Self::Invalid(message)
        } else {
            Self::Denied(message)
        })
    }

    /// As the dead letter and the metrics name it.
    #[must_use]
    pub(crate) const fn reason(&self) -> &'static str {
        match self {
            Self::Undecodable(error) => error.reason(),
            Self::Expired => "RequestExpired",
            Self::UnknownRoute { .. } => "UnknownRoute",
            Self::RouteNotReady { .. } => "RouteNotReady",
            Self::TooManyActive { .. } | Self::TooManyOfClient { .. } | Self::QuotaExceeded { .. } => "TooManyActive",
            Self::Impossible(_) | Self::Invalid(_) => "InvalidRequest",
            Self::Denied(_) => "RequestDenied",
            Self::NamesTaken { .. } => "NameTaken",
            Self::GaveUp { .. } | Self::Crowded(_) => "ServingFailed",
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
    /// The namespace ends, or the operator lacks rights there. Other namespaces are not concerned.
    #[error("Cannot change the Delivery {name} in the namespace {namespace}: {source}.")]
    Namespace { namespace: String, name: String, source: Box<kube::Error> },
    /// The next try finds out whose it is.
    #[error("The Delivery {0} was created at the same moment.")]
    Raced(String),
    /// The next try finds out whether the record is still the newest.
    #[error("The Delivery {0} was changed at the same moment.")]
    Changed(String),
    /// Behind a record that it must not overtake; with what both are about.
    #[error("An earlier record about {0} is not settled yet.")]
    Behind(String),
    /// A fault of ours.
    #[error("Serving the record has failed unexpectedly; the log says where. Report it, with the record.")]
    Panicked,
    #[error("The API server returned a Delivery without metadata: {0}.")]
    Incomplete(#[from] crate::base::subject::Incomplete),
    #[error(transparent)]
    Silent(#[from] Silent),
    #[error(transparent)]
    Write(#[from] WriteError),
    /// It is not known yet whether the catalogue has its route.
    #[error("{0}")]
    Unread(Gap),
}

impl Retry {
    /// Whether it may be due to the one record, which then must not hold up the others forever. An API server or a Kafka that cannot be
    /// reached is not: then nothing else could be served either, and the record waits.
    #[must_use]
    pub(crate) fn may_be_the_records(&self) -> bool {
        match self {
            Self::Api { source, .. } => may_be_the_objects(source),
            Self::Namespace { .. }
            | Self::Raced(_)
            | Self::Changed(_)
            | Self::Behind(_)
            | Self::Panicked
            | Self::Incomplete(_) => true,
            Self::Silent(_) | Self::Unread(_) => false,
            Self::Write(error) => error.is_the_records(),
        }
    }

    /// Whether it is due to one partition of Kafka's, so that other records can be served meanwhile. `accepts` says whether Kafka has accepted
    /// any.
    #[must_use]
    pub(crate) const fn is_a_partitions(&self, accepts: bool) -> bool {
        match self {
            Self::Unread(_) => true,
            Self::Write(error) => accepts && matches!(error, WriteError::Refused { .. }),
            _ => false,
        }
    }

    /// Whether the API server has not answered in time: all of it, or a webhook that it calls for this one record.
    #[must_use]
    pub(crate) fn is_silence(&self) -> bool {
        match self {
            Self::Silent(_) => true,
            Self::Api { source, .. } => is_silence(source),
            _ => false,
        }
    }

    /// For `map_err`: the API server could not do that.
    pub(crate) fn api(action: &'static str, name: &str) -> impl FnOnce(kube::Error) -> Self {
        move |source| Self::Api { action, name: name.to_owned(), source: Box::new(source) }
    }
}
