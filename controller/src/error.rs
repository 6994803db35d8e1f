//! What the API server refused or did not answer. Imports nothing of this crate.

/// A request to the Kubernetes API that failed.
#[derive(Debug, thiserror::Error)]
#[error("Cannot {doing} through the Kubernetes API: {source}.")]
pub struct ApiError {
    doing: &'static str,
    source: Box<kube::Error>,
}

impl ApiError {
    /// For `map_err`. `doing` completes the sentence "Cannot …", as in "read the pod".
    pub fn when(doing: &'static str) -> impl FnOnce(kube::Error) -> Self {
        move |source| Self { doing, source: Box::new(source) }
    }

    /// The stable name of this error for conditions and metrics.
    #[must_use]
    pub const fn reason(&self) -> &'static str {
        "ApiError"
    }
}

/// Whether the API server answered with that HTTP status.
#[must_use]
pub fn answered(error: &kube::Error, code: u16) -> bool {
    matches!(error, kube::Error::Api(status) if status.code == code)
}

#[cfg(test)]
#[path = "tests/error.rs"]
mod tests;
