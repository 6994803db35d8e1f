//! When each position of a delivery was due, kept as the few places where the rhythm was interrupted.
//!
//! Pure. A position is due one interval after the one before it; only a resumption interrupts that. So the times of a
//! million positions are kept as one number per suspension, and each repeat can be held against its first.

use delivery_messages::Millis;

/// The most interruptions that are kept.
const MAX_BREAKS: usize = 4_096;

/// The times at which positions were due.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Timeline {
    interval: Millis,
    /// Where a rhythm begins: a seq and its time. Sorted by both.
    breaks: Vec<(u64, Millis)>,
}

impl Timeline {
    /// A timeline of positions that are so many milliseconds apart.
    #[must_use]
    pub fn new(interval: Millis) -> Self {
        Self { interval, breaks: Vec::new() }
    }

    /// When a position is due if nothing interrupted the rhythm since the one before it; `None` before the first known.
    #[must_use]
    pub fn due(&self, seq: u64) -> Option<Millis> {
        let place = self.breaks.partition_point(|(from, _)| *from <= seq).checked_sub(1)?;
        let (from, at) = self.breaks.get(place)?;
        let ticks = Millis::try_from(seq - from).unwrap_or(Millis::MAX);
        Some(at.saturating_add(self.interval.saturating_mul(ticks)))
    }

    /// Lets a rhythm begin at a position, for it and all after it up to the next such place.
    pub fn begin(&mut self, seq: u64, at: Millis) {
        if self.breaks.len() < MAX_BREAKS {
            let place = self.breaks.partition_point(|(from, _)| *from < seq);
            self.breaks.insert(place, (seq, at));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_are_due_an_interval_apart_but_for_resumptions() {
        let mut timeline = Timeline::new(500);
        assert_eq!(timeline.due(0), None);
        timeline.begin(0, 1_000);
        timeline.begin(4, 60_000);
        let due: Vec<_> = (0..6).filter_map(|seq| timeline.due(seq)).collect();
        assert_eq!(due, [1_000, 1_500, 2_000, 2_500, 60_000, 60_500]);
    }

    #[test]
    fn a_place_in_between_can_be_learnt_later() {
        let mut timeline = Timeline::new(10);
        timeline.begin(0, 0);
        timeline.begin(8, 1_000);
        timeline.begin(5, 500);
        assert_eq!([4, 5, 7, 8].map(|seq| timeline.due(seq)), [Some(40), Some(500), Some(520), Some(1_000)]);
    }
}
