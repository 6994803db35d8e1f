//! When a failed connector is restarted, and when it counts as stable again: Strimzi's backoff. Pure.
//!
//! The first restart is immediate; after `n` restarts the next comes `n² + n` minutes after the last, at most 60. A connector that has
//! run longer than that since its last restart is stable, and its count is reset.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::strimzi::connector::{AutoRestart, AutoRestartStatus, seconds};

/// The longest pause between two restarts.
const MAX_PAUSE_MINUTES: i64 = 60;

/// What to do about failures.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Decision {
    /// Restart it now; `status` counts it already.
    pub restart: bool,
    /// The restarts as the status should show them.
    pub status: Option<AutoRestartStatus>,
    /// When the next restart, or stability, is due.
    pub requeue_after: Option<Duration>,
    /// It has been restarted as often as `maxRestarts` allows.
    pub exhausted: bool,
}

/// What to do about a connector that has failed, or has not.
#[must_use]
pub(crate) fn decide(
    spec: Option<AutoRestart>,
    previous: Option<&AutoRestartStatus>,
    has_failed: bool,
    now: Timestamp,
) -> Decision {
    let Some(spec) = spec.filter(|spec| spec.enabled == Some(true)) else { return Decision::default() };
    let count = previous.map_or(0, |previous| previous.count.max(0));
    let last = previous.and_then(|previous| previous.last_restart_timestamp.as_ref()?.parse::<Timestamp>().ok());
    if !has_failed {
        return stable(previous, last, count, now);
    }
    if spec.max_restarts.is_some_and(|max| count >= max) {
        return Decision { status: previous.cloned(), exhausted: true, ..Decision::default() };
    }
    if let Some(requeue_after) = last.and_then(|last| until(due(last, pause(count)), now)) {
        return Decision { status: previous.cloned(), requeue_after: Some(requeue_after), ..Decision::default() };
    }
    let counted = AutoRestartStatus { count: count.saturating_add(1), last_restart_timestamp: Some(seconds(now)) };
    Decision { restart: true, status: Some(counted), ..Decision::default() }
}

fn stable(previous: Option<&AutoRestartStatus>, last: Option<Timestamp>, count: i64, now: Timestamp) -> Decision {
    // Strimzi waits for more than the pause, counted in whole minutes.
    last.and_then(|last| until(due(last, pause(count) + 1), now)).map_or_else(Decision::default, |requeue_after| {
        Decision { status: previous.cloned(), requeue_after: Some(requeue_after), ..Decision::default() }
    })
}

/// The minutes between restart number `count` and the next.
const fn pause(count: i64) -> i64 {
    let minutes = count.saturating_mul(count).saturating_add(count);
    if minutes < MAX_PAUSE_MINUTES { minutes } else { MAX_PAUSE_MINUTES }
}

fn due(last: Timestamp, minutes: i64) -> Timestamp {
    last.saturating_add(SignedDuration::from_mins(minutes)).unwrap_or(Timestamp::MAX)
}

/// How long to wait; `None` if it need not. What is due in longer than any pause was put off by a clock that was wrong.
fn until(due: Timestamp, now: Timestamp) -> Option<Duration> {
    let wait = due.duration_since(now);
    let is_pause = wait.is_positive() && wait <= SignedDuration::from_mins(MAX_PAUSE_MINUTES + 1);
    is_pause.then(|| Duration::try_from(wait).unwrap_or_default())
}

#[cfg(test)]
#[path = "tests/auto_restart.rs"]
mod tests;
