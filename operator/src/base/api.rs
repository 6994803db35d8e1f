//! What an error of the Kubernetes API says about the request, and how long to wait for an answer.

use std::time::Duration;

use delivery_controller::limits;
use kube::core::Status;

pub(crate) use delivery_controller::error::answered;
pub(crate) use delivery_controller::limits::Silent;

/// Whether it is certain that the API server did not do what was requested.
#[must_use]
pub(crate) fn was_refused(error: &kube::Error) -> bool {
    matches!(error, kube::Error::Api(status) if (400..500).contains(&status.code) && status.code != 408)
}

/// How long the API server may take for what is done to one object.
pub(crate) const TIME_LIMIT: Duration = limits::ANSWER;

/// Whether an error is the client's own [`Silent`].
#[must_use]
pub(crate) fn is_silence(error: &kube::Error) -> bool {
    matches!(error, kube::Error::Service(error) if error.is::<Silent>())
}

/// Runs work on one object within a time limit and drops it after that; the client itself would wait forever.
///
/// # Errors
/// Its own, or [`Silent`].
pub(crate) async fn within<T, E: From<Silent>>(
    limit: Duration,
    work: impl Future<Output = Result<T, E>>,
) -> Result<T, E> {
    tokio::time::timeout(limit, work).await.unwrap_or_else(|_| Err(Silent::after(limit).into()))
}

/// The API server's own sentence if it refuses a request for good, that is, would refuse the same one again: the object is invalid, a
/// quota is exhausted, an admission policy denies it. Not: what passes by itself (401, 408, 409, 429, a namespace that is being
/// terminated), and what an administrator must fix for every object (our permissions, definitions that are not served).
#[must_use]
pub(crate) fn refusal(error: &kube::Error) -> Option<&str> {
    let kube::Error::Api(status) = error else { return None };
    let passes = matches!(status.code, 401 | 408 | 409 | 429) || is_terminating(status);
    let lasting = (400..500).contains(&status.code) && !passes && !lacks_permission(status) && !is_unserved(status);
    lasting.then_some(status.message.as_str())
}

/// Whether an authorizer refused us. Admission answers 403 as well; only the authorizer's sentence goes on like this directly after the
/// object, and the object's part cannot contain a sentence of a policy or webhook, which stand before or after it.
fn lacks_permission(status: &Status) -> bool {
    let Some((object, why)) = status.message.split_once(" is forbidden: ") else { return false };
    let is_object = object.split(' ').count() <= 2;
    status.code == 403 && is_object && why.starts_with("User \"") && why.contains("\" cannot ")
}

fn is_terminating(status: &Status) -> bool {
    let causes = status.details.iter().flat_map(|details| &details.causes);
    let named = causes.into_iter().any(|cause| cause.reason == "NamespaceTerminating");
    matches!(status.code, 403 | 404) && (named || status.message.contains("being terminated"))
}

/// Whether an error is about a whole namespace, which others need not share: it ends, or we lack rights there.
#[must_use]
pub(crate) fn is_the_namespaces(error: &kube::Error) -> bool {
    matches!(error, kube::Error::Api(status) if lacks_permission(status) || is_terminating(status))
}

/// Whether the path itself is unknown, and not an object: the definitions are missing, or something else than the API server answered.
fn is_unserved(status: &Status) -> bool {
    let is_path = status.message.contains("could not find the requested resource");
    status.code == 404 && is_path || status.reason == UNREADABLE
}

/// What the client puts for an answer that is no Status: a proxy's page.
const UNREADABLE: &str = "Failed to parse error data";

/// A webhook that the API server could not call, so that it did nothing of what was requested.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct UncalledWebhook<'a> {
    /// As its configuration names it.
    pub name: &'a str,
    /// What came instead of its answer.
    pub cause: &'a str,
    /// All that the API server says.
    pub sentence: &'a str,
}

impl UncalledWebhook<'_> {
    /// Whether it is the one by which Istio puts its proxy into pods.
    #[must_use]
    pub(crate) fn is_of_the_mesh(&self) -> bool {
        self.name.contains("sidecar-injector")
    }
}

/// The webhook for which the API server failed a request: its configuration demands that it is called, and it did not answer. Admission
/// comes before an object is stored.
#[must_use]
pub(crate) fn uncalled_webhook(error: &kube::Error) -> Option<UncalledWebhook<'_>> {
    let kube::Error::Api(status) = error else { return None };
    let sentence = status.message.as_str();
    let (_, rest) = sentence.split_once("failed calling webhook \"").filter(|_| status.code == 500)?;
    let (name, cause) = rest.split_once('"')?;
    Some(UncalledWebhook { name, cause: cause.trim_start_matches([':', ' ']), sentence })
}

/// Whether an error may be due to the one object, and not to an API server that cannot be reached or cannot work.
#[must_use]
pub(crate) fn may_be_the_objects(error: &kube::Error) -> bool {
    match error {
        // As when a webhook fails on it. What etcd cannot do now is an outage.
        kube::Error::Api(status) => {
            status.code == 500 && status.reason != UNREADABLE && !status.message.contains("etcd")
        }
        kube::Error::SerdeError(_) | kube::Error::BuildRequest(_) | kube::Error::FromUtf8(_) => true,
        _ => false,
    }
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
