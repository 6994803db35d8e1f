use super::*;

#[test]
fn a_fraction_of_a_second_is_cut_off() {
    for (time, whole) in [
        ("2026-11-22T10:00:00.999Z", "2026-11-22T10:00:00Z"),
        ("2026-11-22T10:00:01Z", "2026-11-22T10:00:01Z"),
        ("1969-12-31T23:59:59.5Z", "1969-12-31T23:59:59Z"),
    ] {
        assert_eq!(whole_seconds(time.parse().unwrap()).to_string(), whole);
    }
}
