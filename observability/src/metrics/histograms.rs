//! Histograms with classic buckets and native ones at once: text shows the former, as ever, and protobuf both.
//!
//! Native buckets need no bounds and merge across services; a query on them is exact to a tenth. Which durations have them is left to each
//! service.

use std::time::Duration;

use prometheus_client::metrics::histogram::{Histogram, NativeHistogramConfig};

/// By how much each native bucket is larger than the one before, at the most.
const FACTOR: f64 = 1.1;
/// The maximum number of native buckets of one series. With more, neighbours are joined, so the factor grows.
const BUCKETS: usize = 160;
/// How long a coarser factor stays until the buckets begin anew.
const RESET: Duration = Duration::from_hours(1);

/// A histogram with these upper bounds, and native buckets.
#[must_use]
pub fn native(bounds: impl IntoIterator<Item = f64>) -> Histogram {
    let config = NativeHistogramConfig::new(FACTOR).max_buckets(BUCKETS).min_reset_duration(RESET);
    Histogram::new_classic_and_native(bounds, config)
}

#[cfg(test)]
#[path = "tests/histograms.rs"]
mod tests;
