//! Which Kafka Connect clusters can be reached: for `/readyz` and the metrics.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use delivery_observability::Health;

use crate::metrics::Metrics;

/// The clusters, and what is wrong with those that cannot be reached.
pub struct Links {
    away: Mutex<BTreeMap<String, Option<String>>>,
    health: Health,
    metrics: Metrics,
}

impl Links {
    /// Nothing is known of any cluster.
    #[must_use]
    pub fn new(health: Health, metrics: Metrics) -> Self {
        Self { away: Mutex::default(), health, metrics }
    }

    /// Notes that a cluster was reached, or why not, and tells whether it has come back. Each change is said once.
    pub fn note(&self, cluster: &str, problem: Option<&str>) -> bool {
        let mut away = self.away.lock().unwrap_or_else(PoisonError::into_inner);
        let before = away.insert(cluster.to_owned(), problem.map(str::to_owned));
        let is_back = problem.is_none() && matches!(before, Some(Some(_)));
        if is_back {
            tracing::info!(cluster, "Kafka Connect is back.");
        } else if let (None | Some(None), Some(problem)) = (before, problem) {
            tracing::warn!(cluster, problem, "Kafka Connect cannot be used.");
        }
        self.metrics.reached(cluster, problem.is_none());
        let said: Vec<_> =
            away.iter().filter_map(|(name, problem)| Some(format!("{name}: {}", problem.as_ref()?))).collect();
        self.health.dependency("connect", (!said.is_empty()).then(|| said.join(" ")));
        is_back
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cluster_that_comes_back_is_told_once() {
        let health = Health::default();
        let links = Links::new(health.clone(), Metrics::default());
        assert!(!links.note("a", None));
        assert!(!links.note("b", Some("It is away.")));
        assert!(!links.note("b", Some("It is away.")));
        assert!(health.is_ready() && health.report().contains("connect: b: It is away."));
        assert!(links.note("b", None));
        assert!(!links.note("b", None));
        assert_eq!(health.report(), "ready\n");
    }
}
