//! Which deliveries wait, for what, and which of them for too long, by the conditions in their statuses. Pure.
//!
//! How long each wait was once it is over is left to `delays`.

use std::collections::BTreeMap;

use delivery_api::status::RUNNING;
use delivery_api::{DeliveryPhase, DeliveryStatus};
use jiff::{SignedDuration, Timestamp};

use crate::base::reason;

/// How long a delivery may wait before it counts as stuck.
pub(crate) const STUCK: SignedDuration = SignedDuration::from_mins(10);

/// The kubelet's reason for a container that keeps crashing, which is a cause of its own.
const CRASHING: &str = "CrashLoopBackOff";

/// For what a delivery of this status waits, and since when it has not been under way. `None`: it is under way, paused, or has ended.
#[must_use]
pub(crate) fn wait(status: &DeliveryStatus) -> Option<(&'static str, Timestamp)> {
    if !matches!(status.phase, Some(DeliveryPhase::Pending | DeliveryPhase::Running)) {
        return None;
    }
    let running = status.conditions.iter().find(|condition| condition.type_ == RUNNING)?;
    if running.status == "True" {
        return None;
    }
    let cause = if running.reason == CRASHING { CRASHING } else { reason::cause(&running.reason) };
    Some((cause, running.last_transition_time.0))
}

/// How many of these waits there are by cause, of those that have lasted for at least that long. Crash loops are among them even when there
/// are none, so that an alert can average over time.
#[must_use]
pub(crate) fn count(
    waits: impl Iterator<Item = (&'static str, Timestamp)>,
    least: SignedDuration,
    now: Timestamp,
) -> Vec<(&'static str, usize)> {
    let mut counts = BTreeMap::from([(CRASHING, 0)]);
    for (cause, since) in waits {
        if now.duration_since(since) >= least {
            *counts.entry(cause).or_insert(0) += 1;
        }
    }
    counts.into_iter().collect()
}

#[cfg(test)]
#[path = "tests/waiting.rs"]
mod tests;
