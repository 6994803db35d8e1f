//! Percentiles of a list of durations.
//!
//! Pure. Nearest rank: always a value of the list, never an interpolation.

use delivery_messages::Millis;

/// Durations in ascending order, milliseconds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Sorted(Vec<Millis>);

impl FromIterator<Millis> for Sorted {
    fn from_iter<I: IntoIterator<Item = Millis>>(times: I) -> Self {
        let mut times: Vec<_> = times.into_iter().collect();
        times.sort_unstable();
        Self(times)
    }
}

impl Sorted {
    /// The `percent`th percentile in seconds; `None` of an empty list.
    #[must_use]
    pub(crate) fn percentile(&self, percent: usize) -> Option<f64> {
        let rank = (self.0.len() * percent).div_ceil(100).max(1);
        self.0.get(rank - 1).copied().map(seconds)
    }
}

#[must_use]
#[expect(clippy::cast_precision_loss, reason = "milliseconds of this millennium fit 53 bits")]
pub(crate) fn seconds(millis: Millis) -> f64 {
    millis as f64 / 1_000.0
}

#[cfg(test)]
#[path = "tests/percentile.rs"]
mod tests;
