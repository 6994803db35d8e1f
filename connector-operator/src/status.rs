//! What is said of one connector: its whole status, in the shape in which Strimzi writes it.
//!
//! Pure. Two computations of the same world are equal, so that an unchanged status is not written.

use delivery_controller::events::truncate;
use jiff::Timestamp;
use kube::ResourceExt;
use serde_json::{Map, Value};

use crate::annotations;
use crate::auto_restart::Decision;
use crate::connector::{Condition, ConnectorStatus, KafkaConnector, NOT_READY, PAUSED, READY, WARNING, seconds};
use crate::error::Problem;
use crate::plan::{Seen, Warning};
use crate::redact::redact;
use crate::told::Told;

/// The most bytes of a stack trace; a status is no log.
const TRACE: usize = 8 << 10;
/// The most bytes of a cause in a message.
const CAUSE: usize = 500;

/// How a reconciliation ended.
#[derive(Debug)]
pub enum Verdict {
    /// Nothing was done, as an annotation asks.
    Paused,
    /// The connector is there as its object says.
    Served {
        /// What Connect tells of it.
        seen: Seen,
        /// What a person should know.
        warnings: Vec<Warning>,
        /// What becomes of failures.
        restarts: Decision,
    },
    /// It is not.
    Failed(Problem),
}

/// The status of a connector.
#[must_use]
pub fn status(connector: &KafkaConnector, verdict: &Verdict, now: Timestamp) -> ConnectorStatus {
    let old = connector.status.clone().unwrap_or_default();
    let config = connector.spec.config.as_ref();
    let saying = |type_: &str, reason: Option<&str>, message: Option<String>| {
        condition(&old, type_, reason, message.map(|message| redact(&message, config)), now)
    };
    match verdict {
        Verdict::Paused => ConnectorStatus {
            conditions: vec![saying(PAUSED, None, None)],
            observed_generation: Some(old.observed_generation.unwrap_or(0)),
            ..ConnectorStatus::default()
        },
        Verdict::Failed(problem) => ConnectorStatus {
            conditions: vec![saying(NOT_READY, Some(problem.reason()), Some(problem.to_string()))],
            observed_generation: connector.metadata.generation,
            tasks_max: Some(connector.spec.tasks_max.unwrap_or(0)),
            // While Connect is away nothing has become stable: counting goes on where it was.
            auto_restart: connector.restarts().filter(|_| problem.is_passing()).cloned(),
            ..ConnectorStatus::default()
        },
        Verdict::Served { seen, warnings, restarts } => {
            let chief = match failure(connector, seen, restarts) {
                None => saying(READY, None, None),
                Some(message) => saying(NOT_READY, Some("Throwable"), Some(message)),
            };
            let warned =
                warnings.iter().map(|warning| saying(WARNING, Some(warning.reason), Some(warning.message.clone())));
            let tasks = seen.status.as_ref().map_or(0, |status| Told(status).task_count());
            ConnectorStatus {
                conditions: std::iter::once(chief).chain(warned).collect(),
                observed_generation: connector.metadata.generation,
                auto_restart: restarts.status.clone(),
                connector_status: seen.status.clone().map(|status| without_secrets(status, config)),
                tasks_max: connector.spec.tasks_max.or_else(|| i64::try_from(tasks).ok()),
                topics: Some(seen.topics.clone()),
            }
        }
    }
}

/// What has failed, why, and what becomes of it.
fn failure(connector: &KafkaConnector, seen: &Seen, restarts: &Decision) -> Option<String> {
    let told = Told(seen.status.as_ref()?);
    let name = connector.name_any();
    let (failed, by_hand) = if let Some(cause) = told.failure() {
        (
            format!("The connector {name} has failed: {}.", truncate(cause, CAUSE).trim_end_matches('.')),
            "true".to_owned(),
        )
    } else {
        let tasks = told.failed_tasks();
        let first = tasks.first()?;
        let ids = tasks.iter().map(|task| task.id.to_string()).collect::<Vec<_>>().join(", ");
        let cause = truncate(first.cause, CAUSE).trim_end_matches('.');
        (
            format!("The following tasks of the connector {name} have failed: {ids}. Task {}: {cause}.", first.id),
            "includeTasks,onlyFailed".to_owned(),
        )
    };
    let count = restarts.status.as_ref().map_or(0, |status| status.count);
    let restart = annotations::RESTART;
    let what_now = if restarts.exhausted {
        format!(
            "Restarted so far: {count}, which is all that spec.autoRestart.maxRestarts allows; when the cause is gone, annotate it with {restart}={by_hand}."
        )
    } else if restarts.status.is_some() {
        format!("Restarted so far: {count}; it will be restarted again.")
    } else {
        format!("When the cause is gone, annotate it with {restart}={by_hand}, or set spec.autoRestart.enabled.")
    };
    Some(format!("{failed} {what_now}"))
}

/// A condition that is true, since when it has been.
fn condition(
    old: &ConnectorStatus,
    type_: &str,
    reason: Option<&str>,
    message: Option<String>,
    now: Timestamp,
) -> Condition {
    let same = old.conditions.iter().find(|before| before.type_ == type_ && before.reason.as_deref() == reason);
    Condition {
        type_: type_.to_owned(),
        status: "True".to_owned(),
        last_transition_time: same.and_then(|same| same.last_transition_time.clone()).or_else(|| Some(seconds(now))),
        reason: reason.map(str::to_owned),
        message,
    }
}

/// What Connect answers, with short traces that hold no secret.
fn without_secrets(mut status: Value, config: Option<&Map<String, Value>>) -> Value {
    let hide = |part: &mut Value| {
        if let Some(Value::String(trace)) = part.get_mut("trace") {
            truncate(&redact(trace, config), TRACE).clone_into(trace);
        }
    };
    if let Some(connector) = status.get_mut("connector") {
        hide(connector);
    }
    status.get_mut("tasks").and_then(Value::as_array_mut).into_iter().flatten().for_each(hide);
    status
}
