//! Whether a process is ready: what it is still waiting for, and which of its dependencies is down.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use crate::locks::lock;

/// The health of one process, shared by its tasks.
///
/// A *requirement* that is not met makes the process not ready. A *dependency* that is down is only named: it must not turn
/// into an outage of all replicas at once.
#[derive(Clone, Debug, Default)]
pub struct Health(Arc<Mutex<Inner>>);

#[derive(Debug, Default)]
struct Inner {
    waiting: BTreeMap<&'static str, String>,
    dependencies: BTreeMap<&'static str, Option<String>>,
}

impl Health {
    /// The process is not ready until `requirement` is met; `why` is a sentence. To be called before the admin port opens.
    pub fn require(&self, requirement: &'static str, why: impl Into<String>) {
        self.change(|inner| inner.waiting.insert(requirement, why.into()));
    }

    /// A requirement is met.
    pub fn met(&self, requirement: &'static str) {
        self.change(|inner| inner.waiting.remove(requirement));
    }

    /// A dependency is available (`None`), or has a problem.
    pub fn dependency(&self, name: &'static str, problem: Option<String>) {
        self.change(|inner| inner.dependencies.insert(name, problem));
    }

    /// Whether every requirement is met.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        lock(&self.0).waiting.is_empty()
    }

    /// A report for people: a line per requirement that is not met and per dependency that is down.
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
#[path = "tests/health.rs"]
mod tests;
