//! Reads the status of a connector as Connect's REST API returns it. Pure; the words are Connect's.

use std::collections::BTreeSet;

use serde_json::Value;

/// The class of the plugin that says, when it validates the options of a running connector, what its tasks wait for: Connect itself
/// shows of a task only whether it has failed.
pub(crate) const REPORTING: &str = "dev.codedelivery.connect.ElasticsearchSinkConnector";
/// Under which name it says so.
const WAITING: &str = "status.waiting";

/// The reply to `GET /connectors/<name>/status`. Whatever is missing in it, or has another shape, reads as nothing.
#[derive(Clone, Copy, Debug)]
pub struct StatusReply<'a>(pub &'a Value);

/// The state of a connector or of a task.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    Running,
    Paused,
    Stopped,
    Failed,
    /// `UNASSIGNED`: no worker runs it yet.
    Unassigned,
    Restarting,
    /// A state that this operator does not know, or none.
    Unknown,
}

impl State {
    /// The state of `part`, the reply's `connector` or one of its `tasks`.
    fn of(part: Option<&Value>) -> Self {
        match part.and_then(|part| part.get("state")?.as_str()) {
            Some("RUNNING") => Self::Running,
            Some("PAUSED") => Self::Paused,
            Some("STOPPED") => Self::Stopped,
            Some("FAILED") => Self::Failed,
            Some("UNASSIGNED") => Self::Unassigned,
            Some("RESTARTING") => Self::Restarting,
            _ => Self::Unknown,
        }
    }

    /// Whether Connect will move it to another state by itself.
    const fn is_transitional(self) -> bool {
        matches!(self, Self::Unassigned | Self::Restarting)
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FailedTask<'a> {
    pub id: u64,
    /// The root cause in its stack trace.
    pub cause: &'a str,
}

impl<'a> StatusReply<'a> {
    /// The state of the connector itself.
    #[must_use]
    pub fn state(self) -> State {
        State::of(self.connector())
    }

    /// Why the connector itself has failed, if it has.
    #[must_use]
    pub fn failure(self) -> Option<&'a str> {
        self.connector().filter(|_| self.state() == State::Failed).map(root_cause)
    }

    /// The tasks that have failed.
    #[must_use]
    pub fn failed_tasks(self) -> Vec<FailedTask<'a>> {
        let id = |task: &Value| task.get("id").and_then(Value::as_u64).unwrap_or_default();
        let view = |task: &'a Value| FailedTask { id: id(task), cause: root_cause(task) };
        self.tasks().iter().filter(|task| is_failed(task)).map(view).collect()
    }

    /// Whether the connector or one of its tasks has failed.
    #[must_use]
    pub fn has_failed(self) -> bool {
        self.states().any(|state| state == State::Failed)
    }

    /// The number of its tasks.
    #[must_use]
    pub fn task_count(self) -> usize {
        self.tasks().len()
    }

    /// Whether the connector or one of its tasks is about to change its state.
    #[must_use]
    pub fn is_transitional(self) -> bool {
        self.states().any(State::is_transitional)
    }

    /// The workers that run its tasks.
    #[must_use]
    pub fn workers(self) -> BTreeSet<&'a str> {
        let running = self.tasks().iter().filter(|task| State::of(Some(task)) == State::Running);
        running.filter_map(|task| task.get("worker_id")?.as_str()).collect()
    }

    fn states(self) -> impl Iterator<Item = State> {
        std::iter::once(self.state()).chain(self.tasks().iter().map(|task| State::of(Some(task))))
    }

    fn connector(self) -> Option<&'a Value> {
        self.0.get("connector")
    }

    fn tasks(self) -> &'a [Value] {
        self.0.get("tasks").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
    }
}

/// Whether `part`, the reply's `connector` or one of its `tasks`, has failed.
pub(crate) fn is_failed(part: &Value) -> bool {
    State::of(Some(part)) == State::Failed
}

/// What the tasks of a connector wait for, in the reply to a validation of its options by [`REPORTING`].
pub(crate) fn waiting(validation: &Value) -> Option<&str> {
    let values = validation.get("configs")?.as_array()?.iter().filter_map(|config| config.get("value"));
    let mut waiting = values.filter(|value| value.get("name").and_then(Value::as_str) == Some(WAITING));
    waiting.next()?.get("value")?.as_str().filter(|reason| !reason.trim().is_empty())
}

/// The last cause in a stack trace: those before it only say what could not be done because of it.
fn root_cause(failed: &Value) -> &str {
    let lines = || failed.get("trace").and_then(Value::as_str).unwrap_or_default().lines();
    let last = lines().rev().find_map(|line| line.trim_start().strip_prefix("Caused by: "));
    last.or_else(|| lines().next()).map(str::trim).filter(|cause| !cause.is_empty()).unwrap_or("no reason given")
}

#[cfg(test)]
#[path = "tests/reply.rs"]
mod tests;
