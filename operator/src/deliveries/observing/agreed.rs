//! The time by which is decided that a delivery has been over, or suspended, for long enough to be deleted.
//!
//! A clock of this machine that jumps, or was wrong when this process began, must not delete anything early. So it is this machine's time,
//! but no later than when a broker took the newest record, and what has passed since that was seen by the clock that does not jump. Unlike the
//! time by which records expire it goes on while nothing is written: objects are few, and whoever set their time waits for it.

use std::sync::Mutex;
use std::time::{Duration, Instant};

use delivery_messages::Millis;
use delivery_observability::locks::lock;
use jiff::{SignedDuration, Timestamp};

/// How often at most to look for the newest record, which takes a walk through all of them.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// The clock of one process.
#[derive(Debug, Default)]
pub(crate) struct AgreedClock(Mutex<Option<Anchor>>);

/// A time that had come when it was seen.
#[derive(Clone, Copy, Debug)]
struct Anchor {
    time: Timestamp,
    seen: Instant,
    /// Whether a broker's clock says so, and not only ours.
    is_of_a_record: bool,
    looked: Instant,
}

impl Anchor {
    /// The time that has come at a later moment.
    fn at(&self, moment: Instant) -> Timestamp {
        let passed = SignedDuration::try_from(moment.saturating_duration_since(self.seen)).unwrap_or_default();
        self.time.saturating_add(passed).unwrap_or(Timestamp::MAX)
    }
}

impl AgreedClock {
    /// The agreed time when it is `now` by this machine's clock, and `moment` by the one that does not jump. `newest` finds when a broker
    /// took the newest record.
    pub(crate) fn read(&self, now: Timestamp, moment: Instant, newest: impl FnOnce() -> Option<Millis>) -> Timestamp {
        let mut anchor = lock(&self.0);
        let known = anchor.filter(|known| moment.saturating_duration_since(known.looked) < LOOK_EVERY);
        let known = known.unwrap_or_else(|| {
            let newest = newest().and_then(|newest| Timestamp::from_millisecond(newest).ok());
            match (*anchor, newest) {
                (Some(known), Some(time)) if known.is_of_a_record && known.at(moment) >= time => {
                    Anchor { looked: moment, ..known }
                }
                (_, Some(time)) => Anchor { time, seen: moment, is_of_a_record: true, looked: moment },
                (Some(known), None) => Anchor { looked: moment, ..known },
                (None, None) => Anchor { time: now, seen: moment, is_of_a_record: false, looked: moment },
            }
        });
        *anchor = Some(known);
        now.min(known.at(moment))
    }
}

#[cfg(test)]
#[path = "tests/agreed.rs"]
mod tests;
