//! The error of a position receiver, as a pure function of (seed, seq).
//!
//! A counter-based generator, after J. K. Salmon et al., "Parallel Random Numbers: As Easy as 1, 2, 3" (SC 2011): the
//! n-th value is computed from the key and n, without the values before it, so that a vehicle that resumes after a
//! restart reports what it would have reported. The generator is `SplitMix64` of G. L. Steele, D. Lea and C. H. Flood,
//! "Fast Splittable Pseudorandom Number Generators" (OOPSLA 2014), with the constants of Sebastiano Vigna's
//! `splitmix64.c`; each seq takes two values of its stream. The error itself is the polar form of G. E. P. Box and
//! M. E. Muller, "A Note on the Generation of Random Normal Deviates" (1958): a distance and a direction.
//!
//! Which fixes are disturbed is left to [`crate::drive`].

use libm::{log, sqrt};

use crate::geodesy::{Position, destination};

/// No reported position is farther from the true one than this many standard deviations.
const LIMIT: f64 = 3.0;

/// The golden ratio's fraction in 64 bits, made odd: the step of `SplitMix64`.
const GOLDEN_GAMMA: u64 = 0x9e37_79b9_7f4a_7c15;

/// Moves a position by the error that belongs to (seed, seq): normal to the east and to the north with a standard
/// deviation of `deviation_meters` each, and at most three times that in all.
#[must_use]
pub fn disturb(position: Position, deviation_meters: u32, seed: u64, seq: u64) -> Position {
    if deviation_meters == 0 {
        return position;
    }
    let radius = sqrt(-2.0 * log(unit_open(value(seed, seq.wrapping_mul(2)))));
    let turn = unit(value(seed, seq.wrapping_mul(2).wrapping_add(1)));
    destination(position, 360.0 * turn, f64::from(deviation_meters) * radius.min(LIMIT))
}

/// The n-th value, from 0, of the stream that `SplitMix64` gives for a seed.
fn value(seed: u64, n: u64) -> u64 {
    let mut z = seed.wrapping_add(n.wrapping_add(1).wrapping_mul(GOLDEN_GAMMA));
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// Sixty-four bits as a number in `0..1`: the upper 53 of them, each exactly representable.
fn unit(bits: u64) -> f64 {
    unit_open(bits) - 1.0 / 9_007_199_254_740_992.0
}

/// Sixty-four bits as a number that is above 0 and at most 1, so that it has a logarithm.
#[expect(clippy::cast_precision_loss, reason = "53 bits and one more value fit an f64 exactly")]
fn unit_open(bits: u64) -> f64 {
    ((bits >> 11) + 1) as f64 / 9_007_199_254_740_992.0
}

#[cfg(test)]
#[path = "tests/noise.rs"]
mod tests;
