//! The quantiles of a list of times.
//!
//! Pure. Nearest rank: a value that there was, not one in between.

use delivery_messages::Millis;

/// Times in their order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sorted(Vec<Millis>);

impl FromIterator<Millis> for Sorted {
    fn from_iter<I: IntoIterator<Item = Millis>>(times: I) -> Self {
        let mut times: Vec<_> = times.into_iter().collect();
        times.sort_unstable();
        Self(times)
    }
}

impl Sorted {
    /// The time that `percent` of 100 do not exceed, in seconds; none of none.
    #[must_use]
    pub fn percentile(&self, percent: usize) -> Option<f64> {
        let rank = (self.0.len() * percent).div_ceil(100).max(1);
        self.0.get(rank - 1).copied().map(seconds)
    }
}

/// Milliseconds as seconds.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "milliseconds of this millennium fit 53 bits")]
pub fn seconds(millis: Millis) -> f64 {
    millis as f64 / 1_000.0
}

#[cfg(test)]
#[path = "tests/quantile.rs"]
mod tests;
