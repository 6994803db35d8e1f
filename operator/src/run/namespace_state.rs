//! The state of a watched namespace: watched, or why not, and what to do about it. Pure.

use std::time::Duration;

use delivery_controller::watch::Problem;

/// How long a problem that is not the namespace's own, such as an API server that does not answer, may last before the others no longer
/// wait for this namespace.
pub(crate) const PATIENCE: Duration = Duration::from_mins(1);

/// What the API server says about a namespace itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Existence {
    Exists,
    /// It is being deleted.
    Terminating,
    Gone,
    /// The operator may not ask, or was not answered.
    Unknown,
}

/// The state of a watched namespace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NamespaceState {
    /// The first lists are under way.
    Listing,
    /// Its objects are listed and watched.
    Watched,
    /// It does not exist: its deliveries are gone.
    Gone,
    /// It is being deleted.
    Terminating,
    /// The operator lacks the permission.
    Forbidden,
    /// The answer cannot be read.
    Unreadable,
    /// The API server fails or does not answer.
    Failing,
}

impl NamespaceState {
    /// From whether the objects have been listed once, what prevents it now, and whether the namespace exists.
    #[must_use]
    pub(crate) fn of(is_complete: bool, problem: Option<&Problem>, existence: Existence) -> Self {
        match (problem, existence) {
            (None, _) if is_complete => Self::Watched,
            (None, _) => Self::Listing,
            (Some(_), Existence::Gone) => Self::Gone,
            (Some(_), Existence::Terminating) => Self::Terminating,
            (Some(Problem { code: Some(401 | 403 | 404), .. }), _) => Self::Forbidden,
            (Some(Problem { is_unreadable: true, .. }), _) => Self::Unreadable,
            (Some(_), _) => Self::Failing,
        }
    }

    /// Whether the others need not wait for it: it is watched, or is not for a reason of its own that lasts.
    #[must_use]
    pub(crate) fn is_settled(self, since: Duration) -> bool {
        match self {
            Self::Listing => false,
            Self::Failing => since >= PATIENCE,
            Self::Watched | Self::Gone | Self::Terminating | Self::Forbidden | Self::Unreadable => true,
        }
    }

    /// What is wrong and what to do, in whole sentences; nothing for a namespace that is watched or about to be.
    #[must_use]
    pub(crate) fn sentence(self, namespace: &str, problem: Option<&Problem>) -> Option<String> {
        let message = problem.map_or("", |problem| problem.message.trim_end_matches('.'));
        let withdraw = "or take it out of watchNamespaces";
        match self {
            Self::Listing | Self::Watched => None,
            Self::Gone => Some(format!(
                "The namespace {namespace} does not exist, so its deliveries are cancelled. Create it again, {withdraw}."
            )),
            Self::Terminating => Some(format!(
                "The namespace {namespace} is being deleted; what is left of its deliveries is cancelled when it is gone."
            )),
            Self::Forbidden => Some(format!(
                "The namespace {namespace} is not served: {message}. Restore the operator's Role and RoleBinding there with helm \
                 upgrade, {withdraw}."
            )),
            Self::Unreadable => Some(format!(
                "The namespace {namespace} is not served, because its Deliveries and DeliveryRoutes cannot be read: {message}. Check \
                 that the installed CRDs are those of this release, {withdraw}."
            )),
            Self::Failing => {
                Some(format!("The namespace {namespace} is not served at the moment: {message}. This is retried."))
            }
        }
    }
}

#[cfg(test)]
#[path = "tests/namespace_state.rs"]
mod tests;
