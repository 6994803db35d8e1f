//! For what each pending delivery waits, and since when, as far as this process has seen. A new process begins anew.

use std::collections::{HashMap, HashSet};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use delivery_api::status::RUNNING;
use delivery_api::{DeliveryPhase, DeliveryStatus};
use delivery_observability::locks::lock;

use crate::base::reason;

/// For what a delivery of this status waits. `None`: it is under way, paused, or has ended.
#[must_use]
pub(crate) fn cause(status: &DeliveryStatus) -> Option<&'static str> {
    if status.phase != Some(DeliveryPhase::Pending) {
        return None;
    }
    let running = status.conditions.iter().find(|condition| condition.type_ == RUNNING)?;
    Some(reason::cause(&running.reason))
}

/// The causes and when they were first seen, by the uid of their Delivery.
#[derive(Debug, Default)]
pub(crate) struct Waits(Mutex<HashMap<String, (&'static str, Instant)>>);

impl Waits {
    /// Notes for what a delivery waits now. Returns for what it waited until now, if that is something else, and how long.
    pub(crate) fn note(
        &self,
        uid: &str,
        cause: Option<&'static str>,
        now: Instant,
    ) -> Option<(&'static str, Duration)> {
        let mut known = lock(&self.0);
        let before = known.get(uid).copied();
        if before.map(|(before, _)| before) == cause {
            return None;
        }
        if let Some(cause) = cause {
            known.insert(uid.to_owned(), (cause, now));
        } else {
            known.remove(uid);
        }
        before.map(|(cause, since)| (cause, now.saturating_duration_since(since)))
    }

    /// Forgets the objects that are gone.
    pub(crate) fn keep(&self, exists: &HashSet<String>) {
        lock(&self.0).retain(|uid, _| exists.contains(uid));
    }
}

#[cfg(test)]
#[path = "tests/waits.rs"]
mod tests;
