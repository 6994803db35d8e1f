//! Why a command failed.
//!
//! Each folder defines its own error types, which implement [`Problem`] and so convert into [`Error`] with `?`.

use std::error::Error as StdError;
use std::path::PathBuf;

/// An error type of one part of this program. Its `Display` is a whole sentence that says what to do.
pub(crate) trait Problem: StdError + Send + Sync {
    /// A stable name for the cause.
    fn reason(&self) -> &'static str;

    /// Whether the command was run, and this is its answer: no, or not as asked.
    fn is_answer(&self) -> bool {
        false
    }

    /// Whether the cause is that the user may not do it.
    fn is_forbidden(&self) -> bool {
        false
    }
}

/// Why a command failed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// The API server refuses or does not answer.
    #[error("{attempt}: {}", describe(source))]
    Api {
        /// What failed, as the start of a sentence.
        attempt: String,
        source: Box<kube::Error>,
    },
    #[error("Cannot use {}: {source}.", path.display())]
    File { path: PathBuf, source: std::io::Error },
    #[error("{0}")]
    Problem(Box<dyn Problem>),
    /// Standard output is closed or full.
    #[error("Cannot write the output: {0}.")]
    Output(#[from] std::io::Error),
    #[error("Cannot write the output: {0}.")]
    Json(#[from] serde_json::Error),
    #[error("Interrupted.")]
    Interrupted,
}

impl<P: Problem + 'static> From<P> for Error {
    fn from(problem: P) -> Self {
        Self::Problem(Box::new(problem))
    }
}

impl Error {
    /// A stable name for the cause.
    pub(crate) fn reason(&self) -> &'static str {
        match self {
            Self::Api { .. } => "ApiServer",
            Self::File { .. } => "File",
            Self::Problem(problem) => problem.reason(),
            Self::Output(_) | Self::Json(_) => "Output",
            Self::Interrupted => "Interrupted",
        }
    }

    /// A conversion of the API server's answer; `attempt` starts the sentence.
    pub(crate) fn api(attempt: impl Into<String>) -> impl FnOnce(kube::Error) -> Self {
        move |source| Self::Api { attempt: attempt.into(), source: Box::new(source) }
    }

    /// Whether the API server refuses for lack of permission.
    pub(crate) fn is_forbidden(&self) -> bool {
        match self {
            Self::Problem(problem) => problem.is_forbidden(),
            _ => self.status_code() == Some(403),
        }
    }

    /// Whether the API server has no such object, or no such kind.
    pub(crate) fn is_not_found(&self) -> bool {
        self.status_code() == Some(404)
    }

    fn status_code(&self) -> Option<u16> {
        match self {
            Self::Api { source, .. } => match source.as_ref() {
                kube::Error::Api(status) => Some(status.code),
                _ => None,
            },
            _ => None,
        }
    }

    /// The exit code: 1 if it is the answer, 2 if the command could not be run, 130 for an interrupt, as in shells.
    pub(crate) fn exit_code(&self) -> u8 {
        match self {
            Self::Problem(problem) if problem.is_answer() => 1,
            Self::Interrupted => 130,
            Self::Api { .. } | Self::File { .. } | Self::Problem(_) | Self::Output(_) | Self::Json(_) => 2,
        }
    }

    /// Whether the API server did not answer.
    pub(crate) fn is_unreachable(&self) -> bool {
        matches!(self, Self::Api { source, .. } if !matches!(**source, kube::Error::Api(_)))
    }
}

/// The server's message, without what the client puts around it.
fn describe(error: &kube::Error) -> String {
    match error {
        kube::Error::Api(status) => format!("{} ({})", status.message.trim_end_matches('.'), status.reason),
        other => root_cause(other),
    }
}

/// The innermost error; those around it only say that there was one.
pub(crate) fn root_cause(error: &(dyn StdError + 'static)) -> String {
    let mut cause = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    cause.to_string()
}

#[cfg(test)]
#[path = "tests/error.rs"]
mod tests;
