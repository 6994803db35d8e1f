//! Mails that are marked as being sent until a time that is further away than any: the clock of their sender is ahead of this one, or this
//! one is behind. The sender may be at it or may have been killed, and only waiting tells which. Pure: the time is passed in.

use std::collections::HashMap;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use delivery_messages::Millis;
use delivery_observability::locks::lock;

use crate::domain::ids::NotificationId;

/// The marks that are waited for: until when each is, and since when it has been seen.
#[derive(Debug, Default)]
pub(crate) struct Watch(Mutex<HashMap<NotificationId, (Millis, Instant)>>);

impl Watch {
    /// Whether nobody can be sending a mail any more that is marked `until` a time and due at `now`: either that time has come, or the mark
    /// has stayed as it is for as long as a `lease`. `steady` is the time by a clock for durations.
    pub(super) fn is_free(
        &self,
        id: NotificationId,
        until: Millis,
        now: Millis,
        lease: Duration,
        steady: Instant,
    ) -> bool {
        if until <= now {
            return true;
        }
        let mut watched = lock(&self.0);
        // Of those that others have sent nobody asks any more.
        watched.retain(|_, (_, since)| steady.saturating_duration_since(*since) <= lease * 2);
        let (known, since) = watched.entry(id).or_insert((until, steady));
        if *known != until {
            (*known, *since) = (until, steady);
        }
        steady.saturating_duration_since(*since) >= lease
    }
}

#[cfg(test)]
#[path = "tests/watch.rs"]
mod tests;
