use proptest::prelude::*;

use super::*;

const KNOWN: &[&[&str]] = &[&["point", "radius", "rectangle", "since", "route", "limit"]];

fn given(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

/// The error message for a parameter's value; none if it is accepted.
fn refusal(name: &str, value: &str) -> Option<String> {
    let given = given(&[(name, value)]);
    let parameters = match Parameters::read(&given, KNOWN) {
        Ok(parameters) => parameters,
        Err(error) => return Some(error.to_string()),
    };
    let outcome = match name {
        "point" => parameters.point().err(),
        "rectangle" => parameters.rectangle().err(),
        "radius" => parameters.meters("radius", 1.0..=10_000.0).err(),
        "since" => parameters.time("since").err(),
        "limit" => parameters.whole("limit", 1..=200, 50).err(),
        _ => parameters.text(name).err(),
    };
    outcome.map(|error| error.to_string())
}

#[test]
fn what_is_right_is_read() {
    let given = given(&[("point", "-47.9292, -15.8259"), ("radius", "1e3"), ("limit", "200"), ("route", "")]);
    let parameters = Parameters::read(&given, KNOWN).unwrap();
    assert_eq!(parameters.point(), Ok([-47.9292, -15.8259]));
    assert_eq!(parameters.meters("radius", 1.0..=10_000.0), Ok(Some(1_000.0)));
    assert_eq!(parameters.whole("limit", 1..=200, 50), Ok(Some(200)));
    assert_eq!(parameters.text("route"), Ok(None), "what is empty was left out");
}

#[test]
fn a_moment_is_read_in_each_way_that_people_write_it() {
    const TEN: Millis = 1_795_341_600_000;
    for text in ["1795341600000", "2026-11-22T10:00:00Z", "2026-11-22T07:00:00-03:00", "2026-11-22T10:00:00"] {
        assert_eq!(time(text), Some(TEN), "{text}");
    }
    assert_eq!(time("2026-11-22"), Some(TEN - 36_000_000));
}

#[test]
fn rubbish_is_refused_with_the_name_what_is_wrong_and_an_example() {
    let long = "x".repeat(100_000);
    for (name, value) in [
        ("point", "-47.9"),
        ("point", "1,2,3"),
        ("point", "NaN,0"),
        ("point", "inf,0"),
        ("point", "181,0"),
        ("point", "0,-90.0001"),
        ("point", "1e999,0"),
        ("point", "-15,8;-47,9"),
        ("radius", "0"),
        ("radius", "-5"),
        ("radius", "10001"),
        ("radius", "NaN"),
        ("radius", "infinity"),
        ("radius", "100m"),
        ("rectangle", "1,2,3"),
        ("rectangle", "1,2,3,4,5"),
        ("rectangle", "0,10,5,10"),
        ("rectangle", "0,10,5,-10"),
        ("rectangle", "5,0,5,1"),
        ("rectangle", "-181,0,5,1"),
        ("since", "yesterday"),
        ("since", "-1"),
        ("since", "99999999999999999999"),
        ("since", "9223372036854775807"),
        ("since", "2026-13-01"),
        ("since", "now-1d/d"),
        ("limit", "0"),
        ("limit", "-1"),
        ("limit", "201"),
        ("limit", "1.5"),
        ("limit", "99999999999999999999999999"),
        ("route", &long),
    ] {
        let message = refusal(name, value).unwrap_or_else(|| panic!("{name}={value} was taken"));
        assert!(message.starts_with(&format!("The parameter {name} is ")), "{message}");
        assert!(message.contains(&format!("such as {name}=")) && message.len() < 400, "{message}");
    }
}

#[test]
fn an_unknown_or_repeated_parameter_is_refused() {
    assert!(refusal("sinc", "1").unwrap().contains("The parameters are: point, radius"));
    assert!(refusal("q\"}]}", "*").unwrap().contains(r#""q\"}]}""#));
    let twice = given(&[("limit", "1"), ("limit", "2")]);
    assert!(Parameters::read(&twice, KNOWN).unwrap_err().to_string().contains("limit is given twice"));
}

proptest! {
    #[test]
    fn no_text_is_too_strange_for_an_answer(value in "\\PC{0,40}") {
        for name in KNOWN[0] {
            let message = refusal(name, &value);
            prop_assert!(message.is_none_or(|message| message.ends_with('.')));
        }
    }
}
