//! What the annotations of an object ask for, as Strimzi reads them. Pure. Imports `super::connector`.

use super::connector::KafkaConnector;

/// Restart the connector: `true`, or `includeTasks`, `onlyFailed`, or both with a comma.
pub const RESTART: &str = "strimzi.io/restart";
/// Restart a task: its number.
pub const RESTART_TASK: &str = "strimzi.io/restart-task";
/// Do nothing for this object: `true`.
pub const PAUSE: &str = "strimzi.io/pause-reconciliation";
/// What to do with the connector's offsets: `list`, `alter`, `reset`.
pub const OFFSETS: &str = "strimzi.io/connector-offsets";

/// Take over a connector that this operator did not create: `true`. Ours; Strimzi takes over every connector of the name.
pub const ADOPT: &str = "codedelivery.dev/adopt-connector";

/// What to restart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Restart {
    /// Restart the tasks too, not only the connector itself.
    pub include_tasks: bool,
    /// Restart only what has failed.
    pub only_failed: bool,
}

/// What to do with a connector's offsets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Offsets {
    /// Write them to a `ConfigMap`.
    List,
    /// Take them from a `ConfigMap`.
    Alter,
    /// Forget them.
    Reset,
}

/// An annotation whose value is not one of those that Strimzi defines.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("The annotation {annotation} is {value:?}; set it to {allowed}.")]
pub struct InvalidAnnotation {
    annotation: &'static str,
    value: String,
    allowed: &'static str,
}

impl InvalidAnnotation {
    fn new(annotation: &'static str, value: &str, allowed: &'static str) -> Self {
        Self { annotation, value: value.to_owned(), allowed }
    }
}

/// Whether the user has paused the reconciliation of this object.
#[must_use]
pub fn is_paused(connector: &KafkaConnector) -> bool {
    connector.annotation(PAUSE).is_some_and(|value| value.eq_ignore_ascii_case("true"))
}

/// Whether the user allows to take over a connector that this operator did not create.
#[must_use]
pub fn adopts(connector: &KafkaConnector) -> bool {
    connector.annotation(ADOPT).is_some_and(|value| value.eq_ignore_ascii_case("true"))
}

/// The restart that the user asks for.
///
/// # Errors
/// When the annotation has no valid value.
pub fn restart(connector: &KafkaConnector) -> Result<Option<Restart>, InvalidAnnotation> {
    let Some(value) = connector.annotation(RESTART).map(str::trim).filter(|value| !value.is_empty()) else {
        return Ok(None);
    };
    let mut parts: Vec<_> = value.split(',').map(|part| part.trim().to_ascii_lowercase()).collect();
    parts.sort_unstable();
    match parts.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["false"] => Ok(None),
        ["true"] => Ok(Some(Restart { include_tasks: false, only_failed: false })),
        ["includetasks"] => Ok(Some(Restart { include_tasks: true, only_failed: false })),
        ["onlyfailed"] => Ok(Some(Restart { include_tasks: false, only_failed: true })),
        ["includetasks", "onlyfailed"] => Ok(Some(Restart { include_tasks: true, only_failed: true })),
        _ => Err(InvalidAnnotation::new(RESTART, value, "true, includeTasks, onlyFailed, or includeTasks,onlyFailed")),
    }
}

/// The number of the task that the user asks to restart.
///
/// # Errors
/// When the annotation has no valid value.
pub fn restart_task(connector: &KafkaConnector) -> Result<Option<u32>, InvalidAnnotation> {
    let invalid = |value| InvalidAnnotation::new(RESTART_TASK, value, "the number of a task");
    let value = connector.annotation(RESTART_TASK);
    value.map(|value| value.trim().parse().map_err(|_| invalid(value))).transpose()
}

/// What the user asks to do with the offsets.
///
/// # Errors
/// When the annotation has no valid value.
pub fn offsets(connector: &KafkaConnector) -> Result<Option<Offsets>, InvalidAnnotation> {
    match connector.annotation(OFFSETS) {
        None | Some("none") => Ok(None),
        Some("list") => Ok(Some(Offsets::List)),
        Some("alter") => Ok(Some(Offsets::Alter)),
        Some("reset") => Ok(Some(Offsets::Reset)),
        Some(other) => Err(InvalidAnnotation::new(OFFSETS, other, "list, alter or reset")),
    }
}

#[cfg(test)]
#[path = "tests/annotations.rs"]
mod tests;
