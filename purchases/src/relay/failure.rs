//! Why a term ends before the process does. Whatever it is, everything is taken up again from the store.

use super::log::LogError;
use crate::store::StoreError;

/// Why a term ends.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// The store did not do what it was asked for.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Kafka did not take a record.
    #[error(transparent)]
    Log(#[from] LogError),
    /// A message cannot be written as JSON.
    #[error("A message cannot be written as JSON: {0}.")]
    Encode(#[from] serde_json::Error),
    /// Another replica has begun a term.
    #[error("Another replica has taken over.")]
    TakenOver,
    /// No sign of life could be given for so long that another replica may take over.
    #[error("MongoDB has taken no sign of life for too long, so another replica may take over.")]
    Silent,
    /// The other half of the relay has ended.
    #[error("The other half of the relay has ended.")]
    Alone,
}

impl Failure {
    /// A stable name for metrics.
    pub(crate) const fn reason(&self) -> &'static str {
        match self {
            Self::Store(error) => error.reason(),
            Self::Log(_) => "KafkaRefused",
            Self::Encode(_) => "NotEncodable",
            Self::TakenOver => "TakenOver",
            Self::Silent => "Silent",
            Self::Alone => "Alone",
        }
    }
}
