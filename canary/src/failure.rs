//! What can be wrong with a run, and what of it may pass by itself. Pure.

use std::time::Duration;

/// The reason of a rejection for a route that the gateway or the operator does not know.
const UNKNOWN_ROUTE: &str = "UnknownRoute";

/// Why a run did not succeed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Failure {
    /// There is no connection to the gateway, and there was no other within the time.
    #[error("The gateway cannot be reached: {0}.")]
    Unreachable(String),
    /// What the gateway sends is not its protocol.
    #[error("A frame of the gateway cannot be read: {0}.")]
    BadFrame(String),
    /// The start request was refused.
    #[error("The start request was rejected ({reason}): {message}")]
    Rejected {
        /// The stable name of the reason.
        reason: String,
        /// A whole sentence.
        message: String,
    },
    /// The start request was neither accepted nor rejected.
    #[error("The start request {0} was not answered in time.")]
    NotAccepted(String),
    /// The delivery was accepted, and then nothing came.
    #[error("No position of the delivery {0} came in time.")]
    NoPosition(String),
    /// Positions came, but not all of them, or not the end.
    #[error("The delivery {delivery} did not arrive in time; position {next} would have been the next.")]
    NotFinished {
        /// The delivery.
        delivery: String,
        /// The `seq` that is due next.
        next: u64,
    },
    /// The delivery ended in another way than by arriving.
    #[error("The delivery {delivery} did not arrive: it is {phase}.")]
    Ended {
        /// The delivery.
        delivery: String,
        /// Its phase.
        phase: String,
    },
    /// Positions are missing.
    #[error("Position {found} of the delivery {delivery} came, but position {due} was due.")]
    Gap {
        /// The delivery.
        delivery: String,
        /// The `seq` that was due.
        due: u64,
        /// The `seq` that came.
        found: u64,
    },
    /// A position came twice.
    #[error("Position {seq} of the delivery {delivery} came twice.")]
    Repeated {
        /// The delivery.
        delivery: String,
        /// The `seq`.
        seq: u64,
    },
    /// A position came after later ones.
    #[error("Position {found} of the delivery {delivery} came after position {last}.")]
    Disordered {
        /// The delivery.
        delivery: String,
        /// The `seq` of the newest position before.
        last: u64,
        /// The `seq` that came.
        found: u64,
    },
    /// A position came after the last one.
    #[error("Position {seq} of the delivery {delivery} came after the last one.")]
    AfterTheEnd {
        /// The delivery.
        delivery: String,
        /// The `seq`.
        seq: u64,
    },
    /// The end was told twice.
    #[error("The end of the delivery {0} was told twice.")]
    FinishedTwice(String),
}

impl Failure {
    /// A stable name, the label `result` of the metric of runs.
    pub(crate) const fn reason(&self) -> &'static str {
        match self {
            Self::Unreachable(_) => "unreachable",
            Self::BadFrame(_) => "bad-frame",
            Self::Rejected { .. } => "rejected",
            Self::NotAccepted(_) => "not-accepted",
            Self::NoPosition(_) => "no-position",
            Self::NotFinished { .. } => "not-finished",
            Self::Ended { .. } => "ended",
            Self::Gap { .. } => "gap",
            Self::Repeated { .. } => "repeated",
            Self::Disordered { .. } => "disordered",
            Self::AfterTheEnd { .. } => "after-the-end",
            Self::FinishedTwice(_) => "finished-twice",
        }
    }

    /// Whether the request is worth making again, now that such requests have been refused for so long: soon after an installation the
    /// operator has not yet published the routes, or the gateway has not yet read them.
    pub(crate) fn may_pass(&self, refused_for: Duration, patience: Duration) -> bool {
        matches!(self, Self::Rejected { reason, .. } if reason == UNKNOWN_ROUTE) && refused_for < patience
    }
}

#[cfg(test)]
#[path = "tests/failure.rs"]
mod tests;
