use super::*;

#[test]
fn numbers_are_short_and_never_rounded_to_all_or_nothing() {
    assert_eq!((rate(0.0333), rate(12.345)), ("0.03".to_owned(), "12.3".to_owned()));
    assert_eq!([820.0, 1_200.0, 3_400_000.0, 2e9].map(bytes), ["820 B", "1.2 kB", "3.4 MB", "2.0 GB"]);
    assert_eq!([1.0, 0.999_99, 0.955, 0.000_01, 0.0].map(percent), ["100%", "99.9%", "95.5%", "0.1%", "0%"]);
    assert_eq!([4.26, 48.6, 1_260.0].map(milliseconds), ["4.3 ms", "49 ms", "1.3 s"]);
}
