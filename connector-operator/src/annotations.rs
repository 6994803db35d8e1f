//! What the annotations of an object ask for, as Strimzi reads them. Pure.

use crate::connector::KafkaConnector;

/// Restart the connector: `true`, or `includeTasks`, `onlyFailed`, or both with a comma.
pub const RESTART: &str = "strimzi.io/restart";
/// Restart a task: its number.
pub const RESTART_TASK: &str = "strimzi.io/restart-task";
/// Do nothing for this object: `true`.
pub const PAUSE: &str = "strimzi.io/pause-reconciliation";
/// What to do with the connector's offsets: `list`, `alter`, `reset`.
pub const OFFSETS: &str = "strimzi.io/connector-offsets";

/// What to restart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Restart {
    /// The tasks too.
    pub include_tasks: bool,
    /// Only what failed.
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

/// Whether nothing is to be done for it.
#[must_use]
pub fn is_paused(connector: &KafkaConnector) -> bool {
    connector.annotation(PAUSE).is_some_and(|value| value.eq_ignore_ascii_case("true"))
}

/// Whether to restart it.
///
/// # Errors
/// A sentence when the annotation cannot be understood.
pub fn restart(connector: &KafkaConnector) -> Result<Option<Restart>, String> {
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
        _ => Err(format!(
            "The annotation {RESTART} is {value:?}; it can be true, includeTasks, onlyFailed, or includeTasks,onlyFailed."
        )),
    }
}

/// The task to restart.
///
/// # Errors
/// A sentence when the annotation is no number of a task.
pub fn restart_task(connector: &KafkaConnector) -> Result<Option<u32>, String> {
    connector
        .annotation(RESTART_TASK)
        .map(|value| {
            let wrong = |_| format!("The annotation {RESTART_TASK} is {value:?}; it must be the number of a task.");
            value.trim().parse().map_err(wrong)
        })
        .transpose()
}

/// What to do with its offsets.
///
/// # Errors
/// A sentence when the annotation cannot be understood.
pub fn offsets(connector: &KafkaConnector) -> Result<Option<Offsets>, String> {
    match connector.annotation(OFFSETS) {
        None | Some("none") => Ok(None),
        Some("list") => Ok(Some(Offsets::List)),
        Some("alter") => Ok(Some(Offsets::Alter)),
        Some("reset") => Ok(Some(Offsets::Reset)),
        Some(other) => Err(format!("The annotation {OFFSETS} is {other:?}; it can be list, alter or reset.")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(name: &str, value: &str) -> KafkaConnector {
        let mut connector = KafkaConnector::new("lines", crate::connector::ConnectorSpec::default());
        connector.metadata.annotations = Some([(name.to_owned(), value.to_owned())].into());
        connector
    }

    #[test]
    fn a_restart_is_asked_for_in_four_ways() {
        let asked = |value| restart(&with(RESTART, value)).unwrap().map(|it| (it.include_tasks, it.only_failed));
        assert_eq!(asked("true"), Some((false, false)));
        assert_eq!(asked("includeTasks"), Some((true, false)));
        assert_eq!(asked("onlyFailed"), Some((false, true)));
        assert_eq!(asked(" onlyFailed, includeTasks"), Some((true, true)));
        assert_eq!((asked("false"), asked("")), (None, None));
        for wrong in ["yes", "true,includeTasks", "false,onlyFailed", "includeTasks,now", ",", "true,true"] {
            assert!(restart(&with(RESTART, wrong)).unwrap_err().contains("includeTasks"), "{wrong}");
        }
    }

    #[test]
    fn a_task_is_named_by_its_number() {
        assert_eq!(restart_task(&with(RESTART_TASK, "3")), Ok(Some(3)));
        assert_eq!(restart_task(&with("other", "3")), Ok(None));
        for wrong in ["", "-1", "first", "1,2"] {
            assert!(restart_task(&with(RESTART_TASK, wrong)).is_err(), "{wrong}");
        }
    }

    #[test]
    fn offsets_are_listed_altered_or_reset() {
        assert_eq!(offsets(&with(OFFSETS, "reset")), Ok(Some(Offsets::Reset)));
        assert_eq!(offsets(&with(OFFSETS, "none")), Ok(None));
        assert!(offsets(&with(OFFSETS, "delete")).unwrap_err().contains("alter"));
    }

    #[test]
    fn only_true_pauses() {
        assert!(is_paused(&with(PAUSE, "true")) && is_paused(&with(PAUSE, "True")));
        assert!(!is_paused(&with(PAUSE, "false")) && !is_paused(&with(PAUSE, "")));
    }
}
