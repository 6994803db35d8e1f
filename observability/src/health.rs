//! Whether a process serves: what it still waits for, and which of its dependencies is away.

use crate::locks::lock;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

/// The health of one process, shared by its tasks.
///
/// A *requirement* that is not met makes the process not ready. A *dependency* that is away is only named: it must not turn
/// into an outage of all replicas at once.
#[derive(Clone, Debug, Default)]
pub struct Health(Arc<Mutex<Inner>>);

#[derive(Debug, Default)]
struct Inner {
    waiting: BTreeMap<&'static str, String>,
    dependencies: BTreeMap<&'static str, Option<String>>,
}

impl Health {
    /// Says that the process is not ready until `requirement` is met, and why in a sentence. Do so before the port opens.
    pub fn require(&self, requirement: &'static str, why: impl Into<String>) {
        self.change(|inner| inner.waiting.insert(requirement, why.into()));
    }

    /// Says that a requirement is met.
    pub fn met(&self, requirement: &'static str) {
        self.change(|inner| inner.waiting.remove(requirement));
    }

    /// Says that a dependency is there (`None`) or what is wrong with it.
    pub fn dependency(&self, name: &'static str, problem: Option<String>) {
        self.change(|inner| inner.dependencies.insert(name, problem));
    }

    /// Whether every requirement is met.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        lock(&self.0).waiting.is_empty()
    }

    /// What a person should know: a line per open requirement and per dependency that is away.
    #[must_use]
    pub fn report(&self) -> String {
        let inner = lock(&self.0);
        let mut lines: Vec<String> =
            inner.waiting.iter().map(|(name, why)| format!("not ready: {name}: {why}")).collect();
        if lines.is_empty() {
            lines.push("ready".to_owned());
        }
        let away = inner.dependencies.iter().filter_map(|(name, problem)| Some((name, problem.as_ref()?)));
        lines.extend(away.map(|(name, problem)| format!("dependency away: {name}: {problem}")));
        lines.join("\n") + "\n"
    }

    fn change<T>(&self, change: impl FnOnce(&mut Inner) -> T) {
        change(&mut lock(&self.0));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_open_requirement_makes_a_process_not_ready() {
        let health = Health::default();
        health.require("snapshot", "The first snapshot is being read.");
        assert!(!health.is_ready());
        assert_eq!(health.report(), "not ready: snapshot: The first snapshot is being read.\n");
        health.met("snapshot");
        health.dependency("mongodb", Some("connection refused".to_owned()));
        assert!(health.is_ready());
        assert_eq!(health.report(), "ready\ndependency away: mongodb: connection refused\n");
        health.dependency("mongodb", None);
        assert_eq!(health.report(), "ready\n");
    }
}
