//! What a client asks for with the URL of its WebSocket.
//!
//! Pure. The defaults are what the original's page needs: the newest position of each delivery, each in a JSON frame.

use crate::filter::Filter;

/// Which positions a client gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// The newest of each delivery, as fast as it reads.
    Latest,
    /// Every one, in order.
    All,
}

/// How positions are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// As JSON text.
    Json,
    /// As binary frames; everything else stays JSON.
    Binary,
}

/// How a client is served.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kind {
    /// Which positions it gets.
    pub mode: Mode,
    /// How they are written.
    pub form: Form,
    /// Whether several come in one frame.
    pub batch: bool,
}

/// All that a URL asks for.
#[derive(Clone, Debug, PartialEq)]
pub struct Subscription {
    /// How the client is served.
    pub kind: Kind,
    /// Where it goes on; only of use in the mode `all`.
    pub cursor: Option<String>,
    /// What it wants to see.
    pub filter: Filter,
}

/// Why a URL cannot be served.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadSubscription {
    /// There is no such mode.
    #[error("There is no mode {0:?}; use latest or all.")]
    Mode(String),
    /// There is no such form.
    #[error("There is no form {0:?}; use json or binary.")]
    Form(String),
    /// It is neither yes nor no.
    #[error("batch is {0:?}; use true or false.")]
    Batch(String),
    /// The filter cannot be used.
    #[error("The filter cannot be used: {0}.")]
    Filter(String),
}

impl BadSubscription {
    /// A stable name.
    #[must_use]
    pub const fn reason(&self) -> &'static str {
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
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Latest => "latest",
            Self::All => "all",
        }
    }
}

impl Form {
    /// The name, as in the URL and in metrics.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Json => "json",
            Self::Binary => "binary",
        }
    }
}

impl Subscription {
    /// Reads the parameters of a URL; those that it does not know are not looked at.
    ///
    /// # Errors
    /// The first value that cannot be used.
    pub fn read(parameters: &[(String, String)]) -> Result<Self, BadSubscription> {
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
        let filter = Filter::of_parameters(pairs).map_err(BadSubscription::Filter)?;
        Ok(Self { kind: Kind { mode, form, batch }, cursor: get("cursor").map(str::to_owned), filter })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(pairs: &[(&str, &str)]) -> Result<Subscription, BadSubscription> {
        let pairs: Vec<_> = pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Subscription::read(&pairs)
    }

    #[test]
    fn nothing_asked_for_is_what_the_original_served() {
        let kind = Kind { mode: Mode::Latest, form: Form::Json, batch: false };
        let plain = Subscription { kind, cursor: None, filter: Filter::default() };
        assert_eq!(read(&[]).unwrap(), plain);
        assert_eq!(read(&[("mode", "latest"), ("cursor", ""), ("EIO", "4")]).unwrap(), plain);
    }

    #[test]
    fn everything_can_be_asked_for() {
        let asked = [("mode", "all"), ("form", "binary"), ("batch", "true"), ("cursor", "abc"), ("route", "1")];
        let found = read(&asked).unwrap();
        assert_eq!(found.kind, Kind { mode: Mode::All, form: Form::Binary, batch: true });
        assert_eq!(found.cursor.as_deref(), Some("abc"));
        assert!(!found.filter.is_open());
    }

    #[test]
    fn a_mistake_has_a_reason_and_the_way_out() {
        for (name, reason) in [
            ("mode", "UnknownMode"),
            ("form", "UnknownForm"),
            ("batch", "InvalidBatch"),
            ("rectangle", "InvalidFilter"),
        ] {
            let error = read(&[(name, "some")]).unwrap_err();
            assert_eq!(error.reason(), reason);
            assert!(error.to_string().contains("some") && error.to_string().ends_with('.'), "{error}");
        }
    }
}
