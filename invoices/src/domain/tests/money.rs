use super::*;

#[test]
fn amounts_are_written_as_in_brazil_and_as_in_english() {
    for (cents, portuguese, english) in [
        (0, "R$ 0,00", "R$0.00"),
        (7, "R$ 0,07", "R$0.07"),
        (3_980, "R$ 39,80", "R$39.80"),
        (99_999, "R$ 999,99", "R$999.99"),
        (100_000, "R$ 1.000,00", "R$1,000.00"),
        (123_456_789, "R$ 1.234.567,89", "R$1,234,567.89"),
        (100_000_000_000_000, "R$ 1.000.000.000.000,00", "R$1,000,000,000,000.00"),
        (-150, "-R$ 1,50", "-R$1.50"),
    ] {
        assert_eq!(text(cents, Language::Portuguese), portuguese);
        assert_eq!(text(cents, Language::English), english);
    }
    assert!(text(i64::MIN, Language::Portuguese).starts_with("-R$ 92.233.720.368.547.758,08"));
}
