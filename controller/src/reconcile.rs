//! What guards one reconciliation: objects that cannot be read, the time limit, and the retry after an error. May import
//! [`crate::backoff`].

use std::fmt::Display;
use std::time::Duration;

use kube::core::DeserializeGuard;
use kube::{Resource, ResourceExt};
use kube_runtime::controller::Action;

use crate::backoff::Backoff;

/// The object, if it could be read as its kind; otherwise the log says why, and only a change of the object helps.
pub fn readable<K: Resource<DynamicType = ()>>(object: &DeserializeGuard<K>) -> Option<&K> {
    match &object.0 {
        Ok(object) => Some(object),
        Err(invalid) => {
            let (kind, namespace, name) = (K::kind(&()), object.namespace(), object.name_any());
            tracing::warn!(%kind, namespace, name, error = %invalid, "Cannot read an object; change it to fit its CRD.");
            None
        }
    }
}

/// A reconciliation that took too long, and was dropped.
#[derive(Debug, thiserror::Error)]
#[error("The reconciliation took longer than {} seconds.", .0.as_secs())]
pub struct TimedOut(Duration);

impl TimedOut {
    /// The stable name of this error for conditions and metrics.
    #[must_use]
    pub const fn reason(&self) -> &'static str {
        "Timeout"
    }
}

/// Runs a reconciliation to its end, or drops it after `limit`.
///
/// # Errors
/// The reconciliation's own, or [`TimedOut`].
pub async fn within<T, E: From<TimedOut>>(
    limit: Duration,
    reconciliation: impl Future<Output = Result<T, E>>,
) -> Result<T, E> {
    tokio::time::timeout(limit, reconciliation).await.unwrap_or_else(|_| Err(TimedOut(limit).into()))
}

/// What follows a reconciliation that succeeded.
#[must_use]
pub fn requeue_after(delay: Option<Duration>) -> Action {
    delay.map_or_else(Action::await_change, Action::requeue)
}

/// What follows a reconciliation that failed: it is logged, and retried as [`Backoff`] says, after `max_delay` at the latest.
pub fn retry<K: Resource<DynamicType = ()>>(
    object: &K,
    reason: &str,
    error: &impl Display,
    backoff: &Backoff,
    max_delay: Duration,
) -> Action {
    let retry = backoff.failed(&object.uid().unwrap_or_default(), max_delay);
    let (kind, namespace, name) = (K::kind(&()), object.namespace(), object.name_any());
    let retry_seconds = retry.after.as_secs();
    tracing::warn!(%kind, namespace, name, reason, %error, retry_seconds, "Reconciliation failed.");
    Action::requeue(retry.after)
}

#[cfg(test)]
#[path = "tests/reconcile.rs"]
mod tests;
