//! Keeps what Connect says about a connector small enough for a status: an object that exceeds etcd's 1.5 MB is not written at all,
//! and every change goes to every watch. Pure. Secrets are left to `super::redact`.

use delivery_controller::events::truncate;
use serde_json::{Map, Value, json};

use crate::connect::reply::{StatusReply, is_failed};

/// The maximum size of Connect's reply in bytes, as JSON.
pub(super) const MAX_REPLY: usize = 64 << 10;
/// The maximum length of a stack trace in bytes: a status is not a log.
const MAX_TRACE: usize = 8 << 10;
/// The maximum length of a state's name in bytes; Connect's are shorter.
const MAX_STATE: usize = 100;
/// The maximum number of tasks.
const MAX_TASKS: usize = 100;
/// The maximum number of topics.
const MAX_TOPICS: usize = 200;
/// The maximum length of a topic's name in Kafka.
const MAX_TOPIC_NAME: usize = 249;
/// A trace with less room than this, in bytes, is left out.
const MIN_ROOM: usize = 1 << 10;

/// What was left out of a status.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct LeftOut {
    tasks: usize,
    traces: usize,
    topics: usize,
}

impl LeftOut {
    /// A whole sentence about it; none if nothing was left out.
    pub(super) fn sentence(self, name: &str) -> Option<String> {
        let parts = [(self.tasks, "task"), (self.traces, "stack trace"), (self.topics, "topic")];
        let parts: Vec<_> = parts
            .into_iter()
            .filter(|(count, _)| *count > 0)
            .map(|(count, what)| format!("{count} {what}{}", if count == 1 { "" } else { "s" }))
            .collect();
        (!parts.is_empty()).then(|| {
            format!(
                "The status leaves out {} of the connector {name}; Kafka Connect has all of them: GET /connectors/{name}/status and /topics.",
                parts.join(", ")
            )
        })
    }
}

/// Connect's reply, bounded. `show` removes secrets from a trace.
pub(super) fn reply(mut reply: Value, show: impl Fn(&str) -> String, left_out: &mut LeftOut) -> Value {
    if let Some(tasks) = reply.get_mut("tasks").and_then(Value::as_array_mut) {
        left_out.tasks = tasks.len().saturating_sub(MAX_TASKS);
        *tasks = failed_first(std::mem::take(tasks));
    }
    let traces: Vec<_> = parts(&mut reply).map(|part| part.remove("trace")).collect();
    let size = reply.to_string().len();
    if size > MAX_REPLY {
        return state_alone(&reply, left_out);
    }
    let mut room = MAX_REPLY - size;
    for (part, trace) in parts(&mut reply).zip(traces) {
        let Some(Value::String(trace)) = trace else { continue };
        let shown = (room >= MIN_ROOM).then(|| Value::from(truncate(&show(&trace), MAX_TRACE)));
        // With its name, a colon and a comma.
        let shown = shown.map(|shown| (shown.to_string().len() + 10, shown)).filter(|(size, _)| *size <= room);
        match shown {
            Some((size, shown)) => {
                room -= size;
                part.insert("trace".to_owned(), shown);
            }
            None => left_out.traces += 1,
        }
    }
    reply
}

/// What is shown of a reply that is too large even without its traces, because of fields that Connect itself does not write.
fn state_alone(reply: &Value, left_out: &mut LeftOut) -> Value {
    left_out.tasks += StatusReply(reply).task_count();
    let state =
        reply.pointer("/connector/state").filter(|state| state.as_str().is_some_and(|state| state.len() <= MAX_STATE));
    json!({ "connector": { "state": state } })
}

/// The connector itself and its tasks.
fn parts(reply: &mut Value) -> impl Iterator<Item = &mut Map<String, Value>> {
    let (mut connector, mut tasks) = (None, None);
    for (name, part) in reply.as_object_mut().into_iter().flatten() {
        match name.as_str() {
            "connector" => connector = part.as_object_mut(),
            "tasks" => tasks = part.as_array_mut(),
            _ => {}
        }
    }
    connector.into_iter().chain(tasks.into_iter().flatten().filter_map(Value::as_object_mut))
}

/// As many tasks as a status shows, the failed ones rather than others, in their order.
fn failed_first(tasks: Vec<Value>) -> Vec<Value> {
    if tasks.len() <= MAX_TASKS {
        return tasks;
    }
    let mut tasks: Vec<_> = tasks.into_iter().enumerate().collect();
    tasks.sort_by_key(|(place, task)| (!is_failed(task), *place));
    tasks.truncate(MAX_TASKS);
    tasks.sort_by_key(|(place, _)| *place);
    tasks.into_iter().map(|(_, task)| task).collect()
}

/// The topics, bounded.
pub(super) fn topics(topics: &[String], left_out: &mut LeftOut) -> Vec<String> {
    let shown: Vec<_> = topics.iter().filter(|topic| topic.len() <= MAX_TOPIC_NAME).take(MAX_TOPICS).cloned().collect();
    left_out.topics = topics.len() - shown.len();
    shown
}
