//! Whether a process is ready: what it is still waiting for, which of its dependencies is down, and which of its loops hangs; and
//! whether it is alive: whether the loops that must come round do.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use crate::life::heartbeat::{Heartbeat, Watched};
use crate::locks::lock;

/// How often the log is told which loops hang.
const LOOK: Duration = Duration::from_secs(5);

/// The health of one process, shared by its tasks.
///
/// A *requirement* that is not met makes the process not ready. A *dependency* that is down is only named: it must not turn
/// into an outage of all replicas at once. A *loop* that hangs in a round ([`Health::heartbeat`]) makes the process not ready for as long
/// as it does. A loop that must come round ([`Health::came_round`]), even when it waits for a dependency, and does not makes the process
/// not alive: only a restart helps.
#[derive(Clone, Debug, Default)]
pub struct Health(Arc<Mutex<Inner>>);

#[derive(Debug, Default)]
struct Inner {
    waiting: BTreeMap<&'static str, String>,
    dependencies: BTreeMap<&'static str, Option<String>>,
    /// By the names of the loops.
    loops: BTreeMap<&'static str, Vec<Watched>>,
    /// When each loop that must come round has to have done so, at the latest.
    due: BTreeMap<&'static str, Instant>,
}

impl Inner {
    /// The loops that hang: each with a sentence.
    fn hanging(&self) -> Vec<(&'static str, String)> {
        let overdue = self.loops.iter().filter_map(|(name, watched)| {
            let (since, limit) = watched.iter().filter_map(Watched::overdue).max()?;
            let (since, limit) = (since.as_secs(), limit.as_secs());
            Some((*name, format!("One round has taken {since} s so far; it should take at most {limit} s.")))
        });
        overdue.collect()
    }
}

impl Health {
    /// The process is not ready until `requirement` is met; `why` is a sentence. What is required from the start must be
    /// so before the admin port opens.
    pub fn require(&self, requirement: &'static str, why: impl Into<String>) {
        self.change(|inner| inner.waiting.insert(requirement, why.into()));
    }

    /// A requirement is met.
    pub fn met(&self, requirement: &'static str) {
        self.change(|inner| inner.waiting.remove(requirement));
    }

    /// A dependency is available (`None`), or has a problem. While it has, the loops that need it ([`Health::heartbeat_with`]) may wait.
    pub fn dependency(&self, name: &'static str, problem: Option<String>) {
        self.change(|inner| {
            if problem.is_some() {
                for watched in inner.loops.values().flatten() {
                    watched.excuse(name);
                }
            }
            inner.dependencies.insert(name, problem)
        });
    }

    /// A loop has come round, and will again within `limit`, by a clock that stops while the machine is suspended.
    pub fn came_round(&self, name: &'static str, limit: Duration) {
        self.change(|inner| inner.due.insert(name, Instant::now() + limit));
    }

    /// A loop has ended, and need not come round any more.
    pub fn ended(&self, name: &'static str) {
        self.change(|inner| inner.due.remove(name));
    }

    /// Whether every loop that must come round does.
    ///
    /// # Errors
    /// A report for people: a line per loop that is stuck.
    pub fn is_alive(&self) -> Result<(), String> {
        let (inner, now) = (lock(&self.0), Instant::now());
        let overdue = inner.due.iter().filter(|(_, due)| **due < now);
        let lines: Vec<String> = overdue.map(|(name, _)| format!("stuck: {name}\n")).collect();
        if lines.is_empty() { Ok(()) } else { Err(lines.concat()) }
    }

    /// Forgets all dependencies: what reported them has ended.
    pub fn forget_dependencies(&self) {
        self.change(|inner| inner.dependencies.clear());
    }

    /// Watches over a loop of that name, each of whose rounds takes less than `limit`, for as long as the heartbeat exists. Loops may
    /// share a name.
    #[must_use]
    pub fn heartbeat(&self, name: &'static str, limit: Duration) -> Heartbeat {
        self.watch(name, Heartbeat::new(limit))
    }

    /// The same of a loop that waits in its rounds while a dependency is away. The time of a round counts anew each time that
    /// [`Health::dependency`] reports a problem, so that the absence alone makes no process not ready.
    #[must_use]
    pub fn heartbeat_with(&self, name: &'static str, limit: Duration, dependency: &'static str) -> Heartbeat {
        self.watch(name, Heartbeat::that_needs(dependency, limit))
    }

    fn watch(&self, name: &'static str, heartbeat: Heartbeat) -> Heartbeat {
        self.change(|inner| {
            let same = inner.loops.entry(name).or_default();
            same.retain(Watched::is_alive);
            same.push(heartbeat.watched());
        });
        heartbeat
    }

    /// The loops, and whether each hangs.
    #[must_use]
    pub fn loops(&self) -> Vec<(&'static str, bool)> {
        let inner = lock(&self.0);
        let hanging = inner.hanging();
        let alive = inner.loops.iter().filter(|(_, watched)| watched.iter().any(Watched::is_alive));
        alive.map(|(name, _)| (*name, hanging.iter().any(|(hangs, _)| hangs == name))).collect()
    }

    /// Logs, forever, which loops hang and which go on again.
    pub async fn watch_loops(self) {
        let mut reported = Vec::new();
        loop {
            let hanging = lock(&self.0).hanging();
            for (name, why) in hanging.iter().filter(|(name, _)| !reported.contains(name)) {
                tracing::error!("The loop \"{name}\" hangs. {why}");
            }
            for name in reported.iter().filter(|reported| !hanging.iter().any(|(name, _)| name == *reported)) {
                tracing::info!("The loop \"{name}\" goes on.");
            }
            reported = hanging.into_iter().map(|(name, _)| name).collect();
            tokio::time::sleep(LOOK).await;
        }
    }

    /// Whether every requirement is met and no loop hangs.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        let inner = lock(&self.0);
        inner.waiting.is_empty() && inner.hanging().is_empty()
    }

    /// A report for people: a line per requirement that is not met, per loop that hangs and per dependency that is down.
    #[must_use]
    pub fn report(&self) -> String {
        let inner = lock(&self.0);
        let mut lines: Vec<String> =
            inner.waiting.iter().map(|(name, why)| format!("not ready: {name}: {why}")).collect();
        lines.extend(inner.hanging().into_iter().map(|(name, why)| format!("not ready: {name} hangs: {why}")));
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
