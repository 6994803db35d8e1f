//! Quantiles of a Prometheus histogram. Pure.

/// Upper bounds, and how many observations are at most as great, in ascending order.
pub(crate) type Buckets = Vec<(f64, f64)>;

/// What was observed between two scrapes of one process. A process that has started again in between has observed all of `after`.
pub(crate) fn between(before: &[(f64, f64)], after: &[(f64, f64)]) -> Buckets {
    let earlier =
        |bound: f64| before.iter().find(|(known, _)| known.total_cmp(&bound).is_eq()).map_or(0.0, |found| found.1);
    if after.iter().any(|(bound, count)| *count < earlier(*bound)) {
        return after.to_vec();
    }
    after.iter().map(|(bound, count)| (*bound, count - earlier(*bound))).collect()
}

/// The sum of histograms that have the same bounds.
pub(crate) fn sum(histograms: impl IntoIterator<Item = Buckets>) -> Buckets {
    let mut total = Buckets::new();
    for (bound, count) in histograms.into_iter().flatten() {
        match total.iter_mut().find(|(known, _)| known.total_cmp(&bound).is_eq()) {
            Some((_, sum)) => *sum += count,
            None => total.push((bound, count)),
        }
    }
    total.sort_by(|(one, _), (other, _)| one.total_cmp(other));
    total
}

/// The quantile `q`, from 0 to 1, as Prometheus' `histogram_quantile` estimates it: evenly distributed within a bucket, and the greatest
/// finite bound for what is beyond it. `None` without observations.
pub(crate) fn quantile(buckets: &[(f64, f64)], q: f64) -> Option<f64> {
    let (_, all) = *buckets.last()?;
    if all <= 0.0 {
        return None;
    }
    let rank = q * all;
    let (mut lower, mut below) = (0.0, 0.0);
    for (upper, count) in buckets {
        if *count >= rank && *count > below {
            let part = (rank - below).max(0.0) / (count - below);
            return Some(if upper.is_finite() { lower + (upper - lower) * part } else { lower });
        }
        (lower, below) = (*upper, *count);
    }
    None
}

#[cfg(test)]
#[path = "tests/histogram.rs"]
mod tests;
