//! When each position of a delivery was due.
//!
//! A position is due one interval after the one before it; only a resumption changes that. So one entry per suspension is
//! enough for a million positions, and each repeat can be compared with the first record.

use delivery_messages::Millis;

/// The maximum number of interruptions that are stored.
const MAX_BREAKS: usize = 4_096;

/// The times when positions were due.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Timeline {
    interval: Millis,
    /// The seq and the time from which positions are regular again. Sorted by both.
    breaks: Vec<(u64, Millis)>,
}

impl Timeline {
    /// A timeline of positions that are `interval` milliseconds apart.
    #[must_use]
    pub fn new(interval: Millis) -> Self {
        Self { interval, breaks: Vec::new() }
    }

    /// When a position is due unless the delivery was suspended just before it; none before the first known one.
    #[must_use]
    pub fn due(&self, seq: u64) -> Option<Millis> {
        let place = self.breaks.partition_point(|(from, _)| *from <= seq).checked_sub(1)?;
        let (from, at) = self.breaks.get(place)?;
        let ticks = Millis::try_from(seq - from).unwrap_or(Millis::MAX);
        Some(at.saturating_add(self.interval.saturating_mul(ticks)))
    }

    /// Sets the time of a position; those after it follow at the interval, up to the next one set.
    pub fn begin(&mut self, seq: u64, at: Millis) {
        if self.breaks.len() < MAX_BREAKS {
            let place = self.breaks.partition_point(|(from, _)| *from < seq);
            self.breaks.insert(place, (seq, at));
        }
    }
}

#[cfg(test)]
#[path = "tests/timeline.rs"]
mod tests;
