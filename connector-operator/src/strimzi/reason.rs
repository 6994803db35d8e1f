//! The reasons in conditions, Events and metrics: a stable vocabulary, which is Strimzi's. Imports [`super::annotations`].

use super::annotations::Offsets;

/// Why a connector is not ready: the names that Strimzi's status gives for such problems.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// The object cannot become a connector.
    InvalidResource,
    /// The object names something that does not exist.
    NoSuchResource,
    /// The connector or one of its tasks has failed.
    Throwable,
    /// Connect did not answer in time.
    Timeout,
    /// Connect cannot be reached.
    Connect,
    /// Connect answered with an error.
    ConnectRest,
}

impl Reason {
    /// The text in conditions and metrics.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::InvalidResource => "InvalidResourceException",
            Self::NoSuchResource => "NoSuchResourceException",
            Self::Throwable => "Throwable",
            Self::Timeout => "TimeoutException",
            Self::Connect => "ConnectException",
            Self::ConnectRest => "ConnectRestException",
        }
    }
}

/// What a `Warning` condition is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WarningReason {
    /// An option that another field of the object sets.
    IgnoredOption,
    /// The annotation about offsets has no valid value.
    ManageOffsets,
    /// The offsets could not be listed.
    ListOffsets,
    /// The offsets could not be altered.
    AlterOffsets,
    /// The offsets could not be reset.
    ResetOffsets,
    /// The connector could not be restarted.
    RestartConnector,
    /// A task could not be restarted.
    RestartTask,
    /// The status leaves something out.
    StatusShortened,
    /// The tasks run, but wait for something, such as their server. Strimzi has no such reason.
    Waiting,
}

impl WarningReason {
    /// The text in the condition.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::IgnoredOption => "IgnoredOption",
            Self::ManageOffsets => "ManageOffsets",
            Self::ListOffsets => "ListOffsets",
            Self::AlterOffsets => "AlterOffsets",
            Self::ResetOffsets => "ResetOffsets",
            Self::RestartConnector => "RestartConnector",
            Self::RestartTask => "RestartConnectorTask",
            Self::StatusShortened => "StatusShortened",
            Self::Waiting => "Waiting",
        }
    }
}

impl From<Offsets> for WarningReason {
    fn from(offsets: Offsets) -> Self {
        match offsets {
            Offsets::List => Self::ListOffsets,
            Offsets::Alter => Self::AlterOffsets,
            Offsets::Reset => Self::ResetOffsets,
        }
    }
}

/// Something that a person should know, which does not keep the connector from being ready.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Warning {
    /// What it is about.
    pub reason: WarningReason,
    /// A whole sentence.
    pub message: String,
}

impl Warning {
    /// A warning about that.
    #[must_use]
    pub fn new(reason: impl Into<WarningReason>, message: String) -> Self {
        Self { reason: reason.into(), message }
    }
}
