//! What Connect's REST API tells of a connector's state. Pure; the words are Connect's.

use serde_json::Value;

/// The answer to `GET /connectors/<name>/status`.
#[derive(Clone, Copy, Debug)]
pub struct Told<'a>(pub &'a Value);

/// A failed task.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FailedTask<'a> {
    /// Its number.
    pub id: u64,
    /// What its stack trace gives as the cause of all.
    pub cause: &'a str,
}

impl<'a> Told<'a> {
    /// The connector's state: `RUNNING`, `PAUSED`, `STOPPED`, `FAILED`, `UNASSIGNED`, `RESTARTING`.
    #[must_use]
    pub fn state(self) -> &'a str {
        self.0["connector"]["state"].as_str().unwrap_or_default()
    }

    /// Why the connector itself has failed, if it has.
    #[must_use]
    pub fn failure(self) -> Option<&'a str> {
        (self.state() == "FAILED").then(|| cause(&self.0["connector"]))
    }

    /// The tasks that have failed.
    #[must_use]
    pub fn failed_tasks(self) -> Vec<FailedTask<'a>> {
        let failed = |task: &&Value| task["state"] == "FAILED";
        let view = |task: &'a Value| FailedTask { id: task["id"].as_u64().unwrap_or_default(), cause: cause(task) };
        self.tasks().iter().filter(failed).map(view).collect()
    }

    /// Whether anything has failed.
    #[must_use]
    pub fn has_failed(self) -> bool {
        self.state() == "FAILED" || self.tasks().iter().any(|task| task["state"] == "FAILED")
    }

    /// How many tasks it has.
    #[must_use]
    pub fn task_count(self) -> usize {
        self.tasks().len()
    }

    /// Whether it is on its way to another state.
    #[must_use]
    pub fn is_unsettled(self) -> bool {
        let passing = |state: &Value| matches!(state.as_str(), Some("UNASSIGNED" | "RESTARTING"));
        passing(&self.0["connector"]["state"]) || self.tasks().iter().any(|task| passing(&task["state"]))
    }

    fn tasks(self) -> &'a [Value] {
        self.0["tasks"].as_array().map(Vec::as_slice).unwrap_or_default()
    }
}

/// The last cause in a stack trace: the others say only that something was not possible.
fn cause(failed: &Value) -> &str {
    let lines = || failed["trace"].as_str().unwrap_or_default().lines();
    let last = lines().rev().find_map(|line| line.trim_start().strip_prefix("Caused by: "));
    last.or_else(|| lines().next()).map(str::trim).filter(|cause| !cause.is_empty()).unwrap_or("it gives no reason")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn failures_are_told_with_the_cause_of_all() {
        let status = json!({
            "connector": { "state": "RUNNING" },
            "tasks": [
                { "id": 0, "state": "RUNNING" },
                { "id": 1, "state": "FAILED", "trace": "a.B: no\n\tat a.b.C\nCaused by: a.D: no\n\tat a.b.C\nCaused by: java.io.IOException: disk full\n\tat a.b.C\n" },
                { "id": 2, "state": "FAILED" },
            ],
        });
        let told = Told(&status);
        assert_eq!(
            told.failed_tasks(),
            [
                FailedTask { id: 1, cause: "java.io.IOException: disk full" },
                FailedTask { id: 2, cause: "it gives no reason" }
            ]
        );
        assert!(told.has_failed() && told.failure().is_none() && !told.is_unsettled());
        let status = json!({ "connector": { "state": "FAILED", "trace": "a.B: no" }, "tasks": [] });
        assert_eq!(Told(&status).failure(), Some("a.B: no"));
    }

    #[test]
    fn an_answer_in_another_shape_tells_nothing() {
        for status in [json!(null), json!([]), json!({ "connector": 1, "tasks": {} })] {
            let told = Told(&status);
            assert_eq!(
                (told.state(), told.task_count(), told.has_failed(), told.is_unsettled()),
                ("", 0, false, false)
            );
        }
    }
}
