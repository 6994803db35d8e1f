//! Why a connector is not as its object says; each with the reason that Strimzi's status would give.

use crate::desired::{Invalid, Owner};
use crate::rest::RestError;

/// Why a connector is not as its object says.
#[derive(Debug, thiserror::Error)]
pub enum Problem {
    /// The object cannot become a connector.
    #[error(transparent)]
    Invalid(#[from] Invalid),
    /// The object does not say where it belongs.
    #[error("The label strimzi.io/cluster is missing; it names the Kafka Connect cluster of the connector: {known}.")]
    NoLabel {
        /// The clusters that there are.
        known: String,
    },
    /// Nobody knows where it belongs.
    #[error(
        "The label strimzi.io/cluster names the Kafka Connect cluster {cluster}, which the connector operator does not know; it knows {known}."
    )]
    NoCluster {
        /// What the label says.
        cluster: String,
        /// The clusters that there are.
        known: String,
    },
    /// Somebody else has a connector of that name.
    #[error(
        "The connector {name} of the Kafka Connect cluster {cluster} belongs to {owner}; give one of the two another name."
    )]
    Taken {
        /// The connector.
        name: String,
        /// The cluster.
        cluster: String,
        /// Whose it is.
        owner: Owner,
    },
    /// A failed connector cannot be paused.
    #[error(
        "The connector {0} has failed and cannot be paused; put right what connectorStatus tells, or set spec.state to stopped."
    )]
    CannotPause(String),
    /// A new connector has no status yet.
    #[error("Kafka Connect has not told the state of the connector {0} yet. It is asked again.")]
    NoStatus(String),
    /// Connect did not do what it was asked.
    #[error("{0}")]
    Rest(#[from] RestError),
}

impl Problem {
    /// The reason in a status: the name that Strimzi's status has for such a problem.
    #[must_use]
    pub const fn reason(&self) -> &'static str {
        match self {
            Self::Invalid(_) | Self::NoLabel { .. } | Self::Taken { .. } => "InvalidResourceException",
            Self::NoCluster { .. } => "NoSuchResourceException",
            Self::CannotPause(_) => "Throwable",
            Self::Rest(RestError::Away { source: delivery_http_client::HttpError::Timeout(_), .. }) => {
                "TimeoutException"
            }
            Self::Rest(RestError::Away { .. }) => "ConnectException",
            Self::Rest(_) | Self::NoStatus(_) => "ConnectRestException",
        }
    }

    /// Whether it passes by itself, so that it is worth trying again soon.
    #[must_use]
    pub const fn is_passing(&self) -> bool {
        match self {
            Self::Rest(RestError::Refused { status, .. }) => *status >= 500,
            Self::Rest(RestError::Away { .. } | RestError::Strange { .. }) => true,
            _ => self.is_momentary(),
        }
    }

    /// Whether Connect is busy with itself for a moment, which is told only when it lasts.
    #[must_use]
    pub const fn is_momentary(&self) -> bool {
        matches!(self, Self::NoStatus(_) | Self::Rest(RestError::Rebalancing { .. }))
    }

    /// Whether only the object, or our own configuration, can put it right.
    #[must_use]
    pub const fn is_the_objects(&self) -> bool {
        matches!(self, Self::Invalid(_) | Self::NoLabel { .. } | Self::NoCluster { .. })
    }
}
