//! Quantiles of a sample, by the nearest-rank method.

/// The value below which `percent` of the sample lie; none for an empty sample.
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
mod tests {
    use super::percentile;

    #[test]
    fn a_percentile_is_a_value_of_the_sample() {
        let sample: Vec<i64> = (1..=20).collect();
        assert_eq!(percentile(&sample, 50), Some(10));
        assert_eq!(percentile(&sample, 95), Some(19));
        assert_eq!(percentile(&sample, 100), Some(20));
        assert_eq!(percentile(&[7], 1), Some(7));
        assert_eq!(percentile(&[], 50), None);
    }
}
