//! Which states of erased deliveries nobody writes any more.
//!
//! By this process's own looks, and the clock that does not jump: by the broker's time of a record, a broker or a machine with a wrong clock would
//! have a state removed that a pod is about to write again, or kept until that time has come.

use std::collections::HashMap;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use delivery_observability::locks::lock;

/// How long a state must be unchanged: longer than a terminating pod takes to write its last one.
pub(crate) const SILENT: Duration = Duration::from_secs(20);

/// The versions of the states, and since when they have been seen.
#[derive(Debug, Default)]
pub(crate) struct Quiet(Mutex<HashMap<String, (u64, Instant)>>);

impl Quiet {
    /// Notes all states that are to be removed, each with its version; returns those that have not changed for [`SILENT`]. Those and the ones
    /// that are not among them are forgotten.
    pub(crate) fn note(&self, states: Vec<(String, u64)>, moment: Instant) -> Vec<String> {
        let mut known = lock(&self.0);
        let mut before = std::mem::take(&mut *known);
        let mut silent = Vec::new();
        for (id, version) in states {
            let since = before.remove(&id).filter(|(last, _)| *last == version).map_or(moment, |(_, since)| since);
            if moment.saturating_duration_since(since) >= SILENT {
                silent.push(id);
            } else {
                known.insert(id, (version, since));
            }
        }
        silent
    }
}

#[cfg(test)]
#[path = "tests/quiet.rs"]
mod tests;
