#![expect(clippy::float_cmp, reason = "the error is the same to the last bit, or it is not the same")]
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
