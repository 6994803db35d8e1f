//! Why a command failed.
//!
//! Each folder defines its own error types, which implement [`Problem`] and so convert into [`Error`] with `?`.

use std::error::Error as StdError;
use std::path::PathBuf;

/// An error type of one part of this program. Its `Display` is a whole sentence that says what to do.
pub(crate) trait Problem: StdError + Send + Sync {
    /// A stable name for the cause.
    fn reason(&self) -> &'static str;
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

    /// The exit code: 130 for an interrupt, as in shells; otherwise 2, because 1 is a verdict.
    pub(crate) const fn exit_code(&self) -> u8 {
        match self {
            Self::Interrupted => 130,
            _ => 2,
        }
    }
}

/// The server's message, without what the client puts around it.
fn describe(error: &kube::Error) -> String {
    match error {
        kube::Error::Api(status) => format!("{} ({})", status.message.trim_end_matches('.'), status.reason),
        other => other.to_string(),
    }
}
