//! What an error of the Kubernetes API says about the request.

pub(crate) use delivery_controller::error::answered;

/// Whether it is certain that the API server did not do what was requested.
#[must_use]
pub(crate) fn was_refused(error: &kube::Error) -> bool {
    matches!(error, kube::Error::Api(status) if (400..500).contains(&status.code) && status.code != 408)
}

/// Whether a deletion deleted something: an object that is gone, or has another uid by now, needs no deletion.
///
/// # Errors
/// Any other error of the deletion.
pub(crate) fn deleted<T>(deletion: Result<T, kube::Error>) -> Result<bool, kube::Error> {
    match deletion {
        Ok(_) => Ok(true),
        Err(error) if answered(&error, 404) || answered(&error, 409) => Ok(false),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
#[path = "tests/api.rs"]
mod tests;
