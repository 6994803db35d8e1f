use super::*;

#[test]
fn a_length_of_whole_ticks_takes_those_ticks_however_the_division_is_rounded() {
    for speed_kmh in [1, 7, 13, 40, 41, 97, 299] {
        for interval_milliseconds in [100, 333, 500, 777, 4_999] {
            for ticks in (1..2_000).step_by(7) {
                let length = covered(ticks, speed_kmh, interval_milliseconds);
                assert_eq!(ticks_to_cover(length, speed_kmh, interval_milliseconds), ticks);
                let more = length + length * f64::EPSILON;
                assert_eq!(ticks_to_cover(more, speed_kmh, interval_milliseconds), ticks + 1);
            }
        }
    }
}

#[test]
fn what_is_rounded_to_nothing_has_no_sign() {
    assert_eq!(rounded(-1e-9, 1e7).to_bits(), 0.0_f64.to_bits());
    assert_eq!(rounded(-1.000_000_04, 1e7).to_bits(), (-1.0_f64).to_bits());
}
