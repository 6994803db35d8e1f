//! Why a connector is not as its object says, and what follows from it: the reason in the status, and whether to retry. Pure.

use super::desired::InvalidSpec;
use crate::connect::clusters::ClusterError;
use crate::connect::options::Owner;
use crate::connect::rest::RestError;
use crate::strimzi::annotations;
use crate::strimzi::reason::Reason;

/// Why a connector is not as its object says.
#[derive(Debug, thiserror::Error)]
pub enum Problem {
    /// The object cannot become a connector.
    #[error(transparent)]
    Invalid(#[from] InvalidSpec),
    /// The object has no Kafka Connect cluster.
    #[error(transparent)]
    Cluster(#[from] ClusterError),
    /// Another object or installation owns the connector of that name.
    #[error("The connector {name} of the Kafka Connect cluster {cluster} belongs to {owner}; rename one of the two.")]
    OwnedByOther {
        /// The connector.
        name: String,
        /// The cluster.
        cluster: String,
        /// The other owner.
        owner: Owner,
    },
    /// Something else created the connector of that name.
    #[error(
        "The Kafka Connect cluster {cluster} already has a connector {name}, which this operator did not create. Rename the object, or let it take over the connector with its options and offsets: annotate it with {}=true.",
        annotations::ADOPT
    )]
    NotAdopted {
        /// The connector.
        name: String,
        /// The cluster.
        cluster: String,
    },
    /// A failed connector cannot be paused.
    #[error(
        "The connector {0} has failed and cannot be paused; fix what status.connectorStatus shows, or set spec.state to stopped."
    )]
    CannotPause(String),
    /// Connect has no status of a new connector yet.
    #[error("Kafka Connect has not reported the state of the connector {0} yet. Retrying.")]
    NoStatus(String),
    /// Connect did not do what it was asked.
    #[error(transparent)]
    Rest(#[from] RestError),
}

impl Problem {
    /// The reason in the status and in the metrics.
    #[must_use]
    pub const fn reason(&self) -> Reason {
        match self {
            Self::Invalid(error) => error.reason(),
            Self::Cluster(error) => error.reason(),
            Self::OwnedByOther { .. } | Self::NotAdopted { .. } => Reason::InvalidResource,
            Self::CannotPause(_) => Reason::Throwable,
            Self::NoStatus(_) => Reason::ConnectRest,
            Self::Rest(error) => error.reason(),
        }
    }

    /// Whether it resolves itself, so that it is worth retrying soon.
    #[must_use]
    pub const fn is_transient(&self) -> bool {
        match self {
            Self::Rest(RestError::Refused { status, .. }) => *status >= 500,
            Self::Rest(RestError::Unreachable { .. } | RestError::NotConnect { .. }) => true,
            _ => self.is_momentary(),
        }
    }

    /// Whether Connect is merely rebalancing or starting a connector, which is worth reporting only when it lasts.
    #[must_use]
    pub const fn is_momentary(&self) -> bool {
        matches!(self, Self::NoStatus(_) | Self::Rest(RestError::Rebalancing { .. }))
    }

    /// Whether only a change of the object, or of the operator's configuration, helps.
    #[must_use]
    pub const fn needs_change(&self) -> bool {
        matches!(self, Self::Invalid(_) | Self::Cluster(_))
    }
}
