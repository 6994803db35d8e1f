//! What a client subscribes to with the URL of its WebSocket.
//!
//! Pure. The defaults are what the vehicle tracker's page needs: the newest position of each delivery, each in a JSON
//! frame.

use crate::protocol::filter::{Filter, InvalidFilter};

/// Which positions a client gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Mode {
    /// The newest position of each delivery, as fast as the client reads.
    Latest,
    /// Every position, in order.
    All,
}

/// How positions are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Form {
    Json,
    /// As binary frames; everything else stays JSON.
    Binary,
}

/// The mode and form in which a client is served.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Kind {
    pub mode: Mode,
    pub form: Form,
    /// Whether a frame holds several positions.
    pub batch: bool,
}

/// Everything that a URL asks for.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Subscription {
    /// The mode and form.
    pub kind: Kind,
    /// The cursor to resume from; used only in the mode `all`.
    pub cursor: Option<String>,
    /// The deliveries that the client wants to see.
    pub filter: Filter,
}

/// Why a URL is rejected.
#[derive(Debug, PartialEq, thiserror::Error)]
pub(crate) enum BadSubscription {
    #[error("The mode {0:?} is unknown; use latest or all.")]
    Mode(String),
    #[error("The form {0:?} is unknown; use json or binary.")]
    Form(String),
    #[error("batch is {0:?}; use true or false.")]
    Batch(String),
    #[error("The filter cannot be used: {0}.")]
    Filter(#[from] InvalidFilter),
}

impl BadSubscription {
    pub(crate) const fn reason(&self) -> &'static str {
        match self {
            Self::Mode(_) => "UnknownMode",
            Self::Form(_) => "UnknownForm",
            Self::Batch(_) => "InvalidBatch",
            Self::Filter(_) => "InvalidFilter",
        }
    }
}

impl Mode {
    /// The name, as in the URL and in metrics.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Latest => "latest",
            Self::All => "all",
        }
    }
}

impl Form {
    /// The name, as in the URL and in metrics.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Json => "json",
            Self::Binary => "binary",
        }
    }
}

impl Subscription {
    /// Reads the parameters of a URL; unknown ones are ignored.
    ///
    /// # Errors
    /// The first invalid value.
    pub(crate) fn read(parameters: &[(String, String)]) -> Result<Self, BadSubscription> {
        let get = |wanted: &str| {
            parameters
                .iter()
                .find(|(name, _)| name == wanted)
                .map(|(_, value)| value.as_str())
                .filter(|value| !value.is_empty())
        };
        let mode = match get("mode") {
            None | Some("latest") => Mode::Latest,
            Some("all") => Mode::All,
            Some(other) => return Err(BadSubscription::Mode(other.to_owned())),
        };
        let form = match get("form") {
            None | Some("json") => Form::Json,
            Some("binary") => Form::Binary,
            Some(other) => return Err(BadSubscription::Form(other.to_owned())),
        };
        let batch = match get("batch") {
            None | Some("false") => false,
            Some("true") => true,
            Some(other) => return Err(BadSubscription::Batch(other.to_owned())),
        };
        let pairs = parameters.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let filter = Filter::of_parameters(pairs)?;
        Ok(Self { kind: Kind { mode, form, batch }, cursor: get("cursor").map(str::to_owned), filter })
    }
}

#[cfg(test)]
#[path = "tests/subscription.rs"]
mod tests;
