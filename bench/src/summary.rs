//! Quantiles of a sample, by the nearest-rank method.

/// The value below which `percent` of the sample are; none for an empty sample.
#[must_use]
pub(crate) fn percentile(sorted: &[i64], percent: usize) -> Option<i64> {
    let rank = (sorted.len() * percent).div_ceil(100);
    sorted.get(rank.max(1) - 1).copied()
}

/// Prints one line: the figure's name, its quantiles in milliseconds, and the target.
pub(crate) fn print(name: &str, mut sample: Vec<i64>, target: &str) {
    sample.sort_unstable();
    let at = |percent| percentile(&sample, percent).map_or_else(|| "-".to_owned(), |value| format!("{value} ms"));
    println!("{name}: n {}, p50 {}, p95 {}, p99 {}, max {}  ({target})", sample.len(), at(50), at(95), at(99), at(100));
}

#[cfg(test)]
#[path = "tests/summary.rs"]
mod tests;
