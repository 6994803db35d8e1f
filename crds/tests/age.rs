//! Durations as kubectl prints ages.

use delivery_api::age::age;

#[test]
fn a_duration_is_as_precise_as_kubectls_ages() {
    for (seconds, text) in [
        (-3, "0s"),
        (68, "68s"),
        (119, "119s"),
        (120, "2m"),
        (171, "2m51s"),
        (599, "9m59s"),
        (600, "10m"),
        (5_399, "89m"),
        (7_500, "125m"),
        (10_800, "3h"),
        (11_100, "3h5m"),
        (28_800, "8h"),
        (183_600, "2d3h"),
        (691_200, "8d"),
    ] {
        assert_eq!(age(seconds), text);
    }
}
