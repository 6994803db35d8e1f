//! Derives the whole status of one connector, in the shape in which Strimzi writes it.
//!
//! Pure. The same observation gives an equal status, so that an unchanged one is not written. Imports `super::bounds` and
//! `super::redact`.

use delivery_controller::events::truncate;
use jiff::Timestamp;
use kube::ResourceExt;

use super::bounds::{self, LeftOut};
use super::redact::redact;
use crate::connect::reply::StatusReply;
use crate::observe::actual::Actual;
use crate::plan::auto_restart::Decision;
use crate::plan::problem::Problem;
use crate::strimzi::annotations;
use crate::strimzi::connector::{
    Condition, ConnectorStatus, KafkaConnector, NOT_READY, PAUSED, READY, WARNING, seconds,
};
use crate::strimzi::reason::{Reason, Warning, WarningReason};

/// The maximum length of a message, in bytes: it may quote an answer of Connect, which may have megabytes.
const MAX_MESSAGE: usize = 8 << 10;
/// The maximum number of warnings: an object may give reason for as many as it has options.
const MAX_WARNINGS: usize = 50;
/// The maximum length of a cause in a message, in bytes.
const MAX_CAUSE: usize = 500;
/// The maximum number of failed tasks that a message lists.
const MAX_LISTED: usize = 10;

/// How a reconciliation ended.
#[derive(Debug)]
pub enum Outcome {
    /// Nothing was done, as an annotation asks.
    Paused,
    /// The connector is as its object says.
    InSync {
        /// What Connect knows about it.
        actual: Actual,
        /// What a person should know.
        warnings: Vec<Warning>,
        /// What is done about failures.
        restarts: Decision,
    },
    /// It is not.
    Failed(Problem),
}

/// The status of a connector.
#[must_use]
pub fn status(connector: &KafkaConnector, outcome: &Outcome, now: Timestamp) -> ConnectorStatus {
    let old = connector.status.clone().unwrap_or_default();
    let config = connector.spec.config.as_ref();
    let condition = |type_: &str, reason: Option<&str>, message: Option<String>| {
        // Secrets first, for a part of one is not recognized.
        let shown = |message: String| truncate(&redact(&message, config), MAX_MESSAGE).to_owned();
        condition(&old, type_, reason, message.map(shown), now)
    };
    match outcome {
        Outcome::Paused => ConnectorStatus {
            conditions: vec![condition(PAUSED, None, None)],
            observed_generation: Some(old.observed_generation.unwrap_or(0)),
            ..ConnectorStatus::default()
        },
        Outcome::Failed(problem) => ConnectorStatus {
            conditions: vec![condition(NOT_READY, Some(problem.reason().as_str()), Some(problem.to_string()))],
            observed_generation: connector.metadata.generation,
            tasks_max: Some(connector.spec.tasks_max.unwrap_or(0)),
            // While Connect is unreachable nothing becomes stable: the count continues from where it was.
            auto_restart: connector.restarts().filter(|_| problem.is_transient()).cloned(),
            ..ConnectorStatus::default()
        },
        Outcome::InSync { actual, warnings, restarts } => {
            let main = match failure(connector, actual, restarts) {
                None => condition(READY, None, None),
                Some(message) => condition(NOT_READY, Some(Reason::Throwable.as_str()), Some(message)),
            };
            let mut left_out = LeftOut::default();
            let show = |trace: &str| redact(trace, config);
            let reply = actual.status.clone().map(|reply| bounds::reply(reply, show, &mut left_out));
            let topics = bounds::topics(&actual.topics, &mut left_out);
            let shortened = left_out.sentence(&connector.name_any());
            let shortened = shortened.map(|sentence| Warning::new(WarningReason::StatusShortened, sentence));
            let warned = warnings
                .iter()
                .take(MAX_WARNINGS)
                .chain(&shortened)
                .map(|warning| condition(WARNING, Some(warning.reason.as_str()), Some(warning.message.clone())));
            let tasks = actual.reply().map_or(0, StatusReply::task_count);
            ConnectorStatus {
                conditions: std::iter::once(main).chain(warned).collect(),
                observed_generation: connector.metadata.generation,
                auto_restart: restarts.status.clone(),
                connector_status: reply,
                tasks_max: connector.spec.tasks_max.or_else(|| i64::try_from(tasks).ok()),
                topics: Some(topics),
            }
        }
    }
}

/// What has failed, why, and what happens next.
fn failure(connector: &KafkaConnector, actual: &Actual, restarts: &Decision) -> Option<String> {
    let reply = actual.reply()?;
    let name = connector.name_any();
    let cause = |cause| truncate(cause, MAX_CAUSE).trim_end_matches('.');
    let (failed, value) = if let Some(failure) = reply.failure() {
        (format!("The connector {name} has failed: {}.", cause(failure)), "true")
    } else {
        let tasks = reply.failed_tasks();
        let first = tasks.first()?;
        let mut ids = tasks.iter().take(MAX_LISTED).map(|task| task.id.to_string()).collect::<Vec<_>>().join(", ");
        if tasks.len() > MAX_LISTED {
            ids = format!("{ids} and {} more", tasks.len() - MAX_LISTED);
        }
        let failed = format!(
            "These tasks of the connector {name} have failed: {ids}. Task {}: {}.",
            first.id,
            cause(first.cause)
        );
        (failed, "includeTasks,onlyFailed")
    };
    let count = restarts.status.as_ref().map_or(0, |status| status.count);
    let restart = annotations::RESTART;
    let next = if restarts.exhausted {
        format!(
            "Restarts so far: {count}, the maximum of spec.autoRestart.maxRestarts. Fix the cause, then annotate the object with {restart}={value}."
        )
    } else if restarts.status.is_some() {
        format!("Restarts so far: {count}; it will be restarted again.")
    } else {
        format!("Fix the cause, then annotate the object with {restart}={value}, or set spec.autoRestart.enabled.")
    };
    Some(format!("{failed} {next}"))
}

/// A condition that is true, with the time since when.
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
