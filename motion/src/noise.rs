//! The error of a position receiver, as a pure function of (seed, seq).
//!
//! A counter-based generator, after J. K. Salmon et al., "Parallel Random Numbers: As Easy as 1, 2, 3" (SC 2011): the
//! n-th value is computed from the key and n, without the values before it, so that a vehicle that goes on after a
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
/// deviation of so many metres each, and at most three times that in all.
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
#[expect(clippy::float_cmp, reason = "the error is the same to the last bit, or it is not the same")]
mod tests {
    use super::*;
    use crate::geodesy::distance_meters;

    #[test]
    fn the_generator_gives_the_published_stream() {
        let stream: Vec<u64> = (0..5).map(|n| value(1_234_567, n)).collect();
        assert_eq!(
            stream,
            [
                6_457_827_717_110_365_317,
                3_203_168_211_198_807_973,
                9_817_491_932_198_370_423,
                4_593_380_528_125_082_431,
                16_408_922_859_458_223_821,
            ]
        );
    }

    #[test]
    fn the_unit_intervals_have_the_ends_that_they_say() {
        assert_eq!(unit(0).to_bits(), 0.0_f64.to_bits());
        assert!(unit(u64::MAX) < 1.0);
        assert!(unit_open(0) > 0.0);
        assert_eq!(unit_open(u64::MAX).to_bits(), 1.0_f64.to_bits());
    }

    #[test]
    fn no_deviation_moves_nothing() {
        let position = [-47.929_23, -15.825_94];
        assert_eq!(disturb(position, 0, 7, 3), position);
    }

    #[test]
    #[expect(clippy::cast_precision_loss, reason = "a count of samples")]
    fn the_error_has_its_deviation_on_both_axes_no_drift_and_a_limit() {
        let here = [-47.929_23, -15.825_94];
        let (samples, deviation) = (20_000_u64, 8_u32);
        let (mut east, mut north, mut east2, mut north2) = (0.0, 0.0, 0.0, 0.0);
        for seq in 0..samples {
            let there = disturb(here, deviation, 42, seq);
            assert!(distance_meters(here, there) <= 24.000_001);
            let dx = distance_meters(here, [there[0], here[1]]).copysign(there[0] - here[0]);
            let dy = distance_meters(here, [here[0], there[1]]).copysign(there[1] - here[1]);
            east += dx;
            north += dy;
            east2 += dx * dx;
            north2 += dy * dy;
        }
        let n = samples as f64;
        assert!((east / n).abs() < 0.2 && (north / n).abs() < 0.2, "mean {} {}", east / n, north / n);
        // The cut at three deviations takes a little of the spread away.
        for spread in [sqrt(east2 / n), sqrt(north2 / n)] {
            assert!((7.7..8.1).contains(&spread), "spread {spread}");
        }
    }

    #[test]
    fn seeds_and_seqs_next_to_each_other_give_other_errors() {
        let here = [0.0, 0.0];
        assert_ne!(disturb(here, 5, 1, 0), disturb(here, 5, 2, 0));
        assert_ne!(disturb(here, 5, 1, 0), disturb(here, 5, 1, 1));
        assert_eq!(disturb(here, 5, u64::MAX, u64::MAX), disturb(here, 5, u64::MAX, u64::MAX));
    }
}
