//! Which Kafka Connect clusters can be reached: for `/readyz`, the metrics and the log. Imports `crate::metrics`.

use std::collections::BTreeMap;
use std::sync::Mutex;

use delivery_observability::Health;
use delivery_observability::locks::lock;

use crate::metrics::Metrics;

/// The clusters, each with the problem of the last request if it failed.
pub struct Availability {
    problems: Mutex<BTreeMap<String, Option<String>>>,
    health: Health,
    metrics: Metrics,
}

impl Availability {
    /// No cluster has been asked yet.
    #[must_use]
    pub fn new(health: Health, metrics: Metrics) -> Self {
        Self { problems: Mutex::default(), health, metrics }
    }

    /// Records that a cluster answered, or why it did not. Returns whether it has become available again. Each change is logged once.
    pub fn record(&self, cluster: &str, problem: Option<&str>) -> bool {
        let mut problems = lock(&self.problems);
        let before = problems.insert(cluster.to_owned(), problem.map(str::to_owned));
        let is_restored = problem.is_none() && matches!(before, Some(Some(_)));
        if is_restored {
            tracing::info!(cluster, "Kafka Connect is available again.");
        } else if let (None | Some(None), Some(problem)) = (before, problem) {
            tracing::warn!(cluster, problem, "Kafka Connect is unavailable.");
        }
        self.metrics.set_connect_up(cluster, problem.is_none());
        let all: Vec<_> =
            problems.iter().filter_map(|(name, problem)| Some(format!("{name}: {}", problem.as_ref()?))).collect();
        self.health.dependency("connect", (!all.is_empty()).then(|| all.join(" ")));
        is_restored
    }
}

#[cfg(test)]
#[path = "tests/availability.rs"]
mod tests;
