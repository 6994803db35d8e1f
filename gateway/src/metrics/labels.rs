//! The labels of the metrics. Each has few values, whatever clients send; which metric has which is left to [`crate::metrics`].

use prometheus_client::encoding::EncodeLabelSet;

use crate::protocol::subscription::Kind;

/// A label with a short list of values.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(crate) struct Reason {
    pub reason: &'static str,
}

/// A topic and the outcome of its records.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(crate) struct OfTopic {
    pub topic: &'static str,
    /// The effect of the record, or what is wrong with it.
    pub reason: &'static str,
}

/// A topic.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(crate) struct OfUnread {
    pub topic: &'static str,
}

/// A consumer group and one of its topics.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(crate) struct OfGroup {
    pub group: String,
    pub topic: &'static str,
}

/// A request and its outcome.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(crate) struct OfRequest {
    /// `start` or `command`.
    pub request: &'static str,
    /// `sent`, or why it was not sent.
    pub outcome: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(crate) struct OfStatus {
    pub code: u16,
}

/// A query to the position index, and its outcome.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(crate) struct OfQuery {
    /// `summary`, `near` and so on.
    pub query: &'static str,
    /// `answered`, or why it failed.
    pub outcome: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(crate) struct OfPhase {
    pub phase: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(crate) struct OfDependency {
    /// `kafka`, `mongodb` or `elasticsearch`.
    pub dependency: &'static str,
}

/// How far positions have come.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(crate) struct OfStage {
    /// `log`, `read` or `written`.
    pub stage: &'static str,
}

/// One of Kafka's brokers.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(crate) struct OfBroker {
    /// Its id.
    pub broker: i32,
}

/// A budget, and whose it is.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(crate) struct OfBudget {
    pub budget: &'static str,
    /// `address`, or `all` addresses together.
    pub of: &'static str,
}

/// The mode and form in which clients are served.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(crate) struct OfKind {
    /// `latest` or `all`.
    pub mode: &'static str,
    /// `json` or `binary`.
    pub form: &'static str,
}

impl From<Kind> for OfKind {
    fn from(kind: Kind) -> Self {
        Self { mode: kind.mode.name(), form: kind.form.name() }
    }
}
