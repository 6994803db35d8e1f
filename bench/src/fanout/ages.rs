//! A distribution of ages in buckets whose width grows with the age, so that millions of samples cost little: at most 1.6 % off.

use std::time::Duration;

/// Buckets per doubling.
const STEPS: u32 = 64;
const STEP_BITS: u32 = STEPS.ilog2();

/// How many samples each bucket has.
#[derive(Clone, Debug, Default)]
pub(crate) struct Ages {
    counts: Vec<u64>,
    total: u64,
}

impl Ages {
    /// Adds a sample.
    pub(crate) fn add(&mut self, age: Duration) {
        let bucket = bucket(u64::try_from(age.as_micros()).unwrap_or(u64::MAX));
        if bucket >= self.counts.len() {
            self.counts.resize(bucket + 1, 0);
        }
        self.counts[bucket] += 1;
        self.total += 1;
    }

    /// The age below which so many of a thousand samples are, in milliseconds; 0 without samples.
    pub(crate) fn quantile(&self, per_mille: u64) -> f64 {
        let rank = (self.total * per_mille).div_ceil(1000).max(1);
        let mut seen = 0;
        for (bucket, count) in self.counts.iter().enumerate() {
            seen += count;
            if seen >= rank {
                return Duration::from_micros(upper(bucket)).as_secs_f64() * 1000.0;
            }
        }
        0.0
    }
}

/// Exact below [`STEPS`]; above, the leading bits of the number.
fn bucket(micros: u64) -> usize {
    let octave = micros.max(1).ilog2().saturating_sub(STEP_BITS);
    let bucket = u64::from(octave) * u64::from(STEPS) + (micros >> octave);
    usize::try_from(bucket).unwrap_or(usize::MAX)
}

/// The largest number of a bucket.
fn upper(bucket: usize) -> u64 {
    let (bucket, steps) = (bucket as u64, u64::from(STEPS));
    let octave = (bucket / steps).saturating_sub(1);
    let leading = bucket - octave * steps;
    ((leading + 1) << octave) - 1
}

#[cfg(test)]
#[path = "tests/ages.rs"]
mod tests;
