//! What a connection or a request may see and do. Every response and every request is limited by it.
//!
//! Pure. Today every scope is [`Scope::everything`]; a narrower one would be derived from the request's headers.

use std::collections::BTreeSet;

use crate::model::delivery::About;

/// What may be seen and done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Scope {
    /// The namespaces whose deliveries may be seen; none: all.
    pub namespaces: Option<BTreeSet<String>>,
    /// The ids of the deliveries that may be seen; none: all.
    pub deliveries: Option<BTreeSet<String>>,
    /// Whether deliveries may be started, and visible ones commanded.
    pub may_request: bool,
}

impl Default for Scope {
    fn default() -> Self {
        Self::everything()
    }
}

impl Scope {
    pub(crate) const fn everything() -> Self {
        Self { namespaces: None, deliveries: None, may_request: true }
    }

    /// Whether a delivery may be seen.
    pub(crate) fn shows(&self, about: &About) -> bool {
        self.admits(&about.namespace, &about.delivery_id)
    }

    /// Whether a delivery of a namespace may be seen, by its id.
    pub(crate) fn admits(&self, namespace: &str, delivery_id: &str) -> bool {
        let holds = |set: &Option<BTreeSet<String>>, value| set.as_ref().is_none_or(|set| set.contains(value));
        holds(&self.namespaces, namespace) && holds(&self.deliveries, delivery_id)
    }

    /// Whether every delivery may be seen.
    pub(crate) const fn shows_all(&self) -> bool {
        self.namespaces.is_none() && self.deliveries.is_none()
    }
}

#[cfg(test)]
#[path = "tests/scope.rs"]
mod tests;
