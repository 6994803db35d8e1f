use super::*;

const NOW: Millis = 1_795_341_600_000;

fn span(pairs: &[(&str, &str)]) -> Result<TimeRange, InvalidParameter> {
    let given: Vec<_> = pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    TimeRange::read(&Parameters::read(&given, &[PARAMETERS])?, NOW)
}

#[test]
fn the_last_day_is_meant_when_nothing_is_said() {
    assert_eq!(span(&[]), Ok(TimeRange { since: NOW - DAY, until: NOW }));
    assert_eq!(span(&[("until", "2026-11-22")]).unwrap().since, NOW - 36_000_000 - DAY);
    assert_eq!(span(&[("since", "2026-11-22")]).unwrap(), TimeRange { since: NOW - 36_000_000, until: NOW });
}

#[test]
fn a_time_that_is_none_or_too_long_is_refused() {
    for (pairs, word) in [
        (&[("since", "2026-11-23")][..], "must be before until"),
        (&[("since", "5"), ("until", "5")], "must be before until"),
        (&[("until", "0")], "must be before until"),
        (&[("since", "0")], "366"),
        (&[("since", "2025-11-20")], "367 days"),
        (&[("until", "soon")], "until is \"soon\""),
    ] {
        let message = span(pairs).unwrap_err().to_string();
        assert!(message.contains(word), "{message}");
    }
}
