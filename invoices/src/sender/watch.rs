//! E-mails that are marked as being sent until a time that is further away than any: the clock of their sender is ahead of this one, or this
//! one is behind. The sender may be at it or may have been killed, and only waiting tells which. Pure: the time is passed in.

use std::collections::HashMap;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use delivery_messages::Millis;
use delivery_observability::locks::lock;

use crate::domain::email::{EmailState, LEASE};
use crate::domain::invoice::Invoice;

/// How long such a mark has to stay as it is: as long as a lease.
const WAIT: Duration = Duration::from_millis(LEASE.unsigned_abs());

/// The marks that are waited for: the revision of each, and since when it has been seen.
#[derive(Debug, Default)]
pub(crate) struct Watch(Mutex<HashMap<String, (i64, Instant)>>);

impl Watch {
    /// Of e-mails that are due, those that nobody can be sending any more. `now` is the time of day, `steady` the time by a clock for
    /// durations.
    pub(super) fn free(&self, due: Vec<Invoice>, now: Millis, steady: Instant) -> Vec<Invoice> {
        let mut watched = lock(&self.0);
        let mut still = HashMap::new();
        let is_free = |invoice: &Invoice| {
            let email = &invoice.email;
            if email.state != EmailState::Sending || email.due_at <= now {
                return true;
            }
            let known = watched.get(&invoice.id).filter(|(revision, _)| *revision == email.revision);
            let since = known.map_or(steady, |(_, since)| *since);
            still.insert(invoice.id.clone(), (email.revision, since));
            steady.saturating_duration_since(since) >= WAIT
        };
        let free = due.into_iter().filter(is_free).collect();
        *watched = still;
        free
    }
}

#[cfg(test)]
#[path = "tests/watch.rs"]
mod tests;
