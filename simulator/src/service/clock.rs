//! The clock that vehicles are driven by: this machine's, except that it never goes back.
//!
//! A clock that was put back by an hour would let every vehicle stand for an hour. From then on this one goes on as time passes, until the
//! machine's has come as far. When the machine's is put ahead, as after a pause, it follows, and what is due by then is caught up.

use std::sync::{Arc, Mutex};
use std::time::Instant;

use delivery_messages::Millis;
use delivery_observability::locks::lock;

/// The clock; a clone is the same one.
#[derive(Clone, Debug, Default)]
pub struct Clock(Arc<Mutex<Pace>>);

impl Clock {
    /// Milliseconds since the Unix epoch.
    #[must_use]
    pub fn now(&self) -> Millis {
        lock(&self.0).read(jiff::Timestamp::now().as_millisecond(), Instant::now())
    }

    /// Goes on from that time, if it has not come yet.
    pub fn advance(&self, time: Millis) {
        lock(&self.0).advance(time, Instant::now());
    }
}

/// A time that had come at a moment.
#[derive(Debug, Default)]
struct Pace(Option<(Millis, Instant)>);

impl Pace {
    /// The time at a later moment.
    fn at(&self, moment: Instant) -> Option<Millis> {
        let (time, begun) = self.0?;
        let passed = moment.saturating_duration_since(begun).as_millis();
        Some(time.saturating_add(Millis::try_from(passed).unwrap_or(Millis::MAX)))
    }

    fn read(&mut self, wall: Millis, moment: Instant) -> Millis {
        self.advance(wall, moment);
        self.at(moment).unwrap_or(wall)
    }

    fn advance(&mut self, time: Millis, moment: Instant) {
        if self.at(moment).is_none_or(|now| now <= time) {
            self.0 = Some((time, moment));
        }
    }
}

#[cfg(test)]
#[path = "tests/clock.rs"]
mod tests;
