//! When a replica may begin a term. Pure.
//!
//! Clocks are not compared: a standby measures with its own for how long the holder's sign of life has stood still.

use std::time::{Duration, Instant};

use crate::store::Term;

/// After this time without a sign of life the holder is taken for gone.
pub(crate) const SILENCE: Duration = Duration::from_secs(15);

/// What a standby has seen of the holder.
#[derive(Debug, Default)]
pub(crate) struct Watch {
    /// The newest term, and since when it has been like this.
    seen: Option<(Term, Instant)>,
}

impl Watch {
    /// The number of the term that `holder` may begin now, if it may.
    pub(crate) fn may_begin(&mut self, newest: Option<Term>, holder: &str, now: Instant) -> Option<u32> {
        let Some(newest) = newest else { return Some(1) };
        let next = newest.number.checked_add(1)?;
        if newest.is_over || newest.holder == holder {
            return Some(next);
        }
        let since = match &self.seen {
            Some((seen, since)) if *seen == newest => *since,
            _ => now,
        };
        self.seen = Some((newest, since));
        (now.saturating_duration_since(since) >= SILENCE).then_some(next)
    }
}

#[cfg(test)]
#[path = "tests/term.rs"]
mod tests;
