//! The parameters of a question, read strictly: one that is unknown, repeated or out of its range is refused with its name, what
//! is wrong, and an example.
//!
//! Pure. Which question takes which is said in the question's own module.

use delivery_messages::direction::MAX_TEXT;
use delivery_messages::{LngLat, Millis};
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use std::collections::BTreeMap;
use std::ops::RangeInclusive;

/// Why a parameter is refused: a whole sentence.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Invalid(pub String);

/// What a client gave, each name once; what is empty counts as left out.
#[derive(Clone, Debug)]
pub struct Parameters<'a>(BTreeMap<&'a str, &'a str>);

/// A rectangle of the map, in degrees; `west` > `east` reaches over the 180th meridian.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rectangle {
    /// The meridian on its left.
    pub west: f64,
    /// The lower parallel.
    pub south: f64,
    /// The meridian on its right.
    pub east: f64,
    /// The upper parallel, above `south`.
    pub north: f64,
}

impl<'a> Parameters<'a> {
    /// Reads the part of a URL after `?`.
    ///
    /// # Errors
    /// When a name is none of those that are known, or comes twice.
    pub fn read(given: &'a [(String, String)], known: &[&[&str]]) -> Result<Self, Invalid> {
        let mut found = BTreeMap::new();
        for (name, value) in given {
            if !known.iter().any(|names| names.contains(&name.as_str())) {
                let known = known.concat();
                let there = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
                return Err(Invalid(format!("There is no parameter {} here; there are: {there}.", shown(name))));
            }
            if !value.is_empty() && found.insert(name.as_str(), value.as_str()).is_some() {
                return Err(Invalid(format!("The parameter {name} comes twice; give it once.")));
            }
        }
        Ok(Self(found))
    }

    /// Reads one; `must` and `example` end the sentence for whoever mistyped it.
    fn one<T>(
        &self,
        name: &str,
        must: &str,
        example: &str,
        read: impl FnOnce(&str) -> Option<T>,
    ) -> Result<Option<T>, Invalid> {
        let Some(text) = self.0.get(name) else { return Ok(None) };
        let invalid =
            || Invalid(format!("The parameter {name} is {}; it must be {must}, such as {example}.", shown(text)));
        read(text).map(Some).ok_or_else(invalid)
    }

    /// A name, of a route or a courier.
    ///
    /// # Errors
    /// When it is longer than a name can be.
    pub fn text(&self, name: &str) -> Result<Option<String>, Invalid> {
        let must = format!("a text of at most {MAX_TEXT} characters");
        self.one(name, &must, &format!("{name}=1"), |text| (text.chars().count() <= MAX_TEXT).then(|| text.to_owned()))
    }

    /// A whole number.
    ///
    /// # Errors
    /// When it is none of the range.
    pub fn whole(&self, name: &str, range: RangeInclusive<i64>, example: i64) -> Result<Option<i64>, Invalid> {
        let must = format!("a whole number from {} to {}", range.start(), range.end());
        self.one(name, &must, &format!("{name}={example}"), |text| {
            text.parse().ok().filter(|number| range.contains(number))
        })
    }

    /// A distance in metres.
    ///
    /// # Errors
    /// When it is none of the range.
    pub fn meters(&self, name: &str, range: RangeInclusive<f64>) -> Result<Option<f64>, Invalid> {
        let must = format!("a number of metres from {} to {}", range.start(), range.end());
        self.one(name, &must, &format!("{name}=100"), |text| text.parse().ok().filter(|number| range.contains(number)))
    }

    /// The place `point`, `lng,lat` in degrees.
    ///
    /// # Errors
    /// When it is absent or no place.
    pub fn point(&self) -> Result<LngLat, Invalid> {
        let (must, example) =
            ("lng,lat in degrees, the longitude within ±180 and the latitude within ±90", "point=-47.9292,-15.8259");
        let point = self.one("point", must, example, |text| {
            numbers(text).filter(|[lng, lat]| lng.abs() <= 180.0 && lat.abs() <= 90.0)
        })?;
        point.ok_or_else(|| Invalid(format!("The parameter point is missing; it must be {must}, such as {example}.")))
    }

    /// The place `rectangle`, `west,south,east,north` in degrees.
    ///
    /// # Errors
    /// When it is absent or no rectangle.
    pub fn rectangle(&self) -> Result<Rectangle, Invalid> {
        let must = "west,south,east,north in degrees, longitudes within ±180 and different, latitudes within ±90 and \
                    south below north";
        let example = "rectangle=-48.1,-15.9,-47.8,-15.7";
        let rectangle = self.one("rectangle", must, example, |text| {
            let [west, south, east, north] = numbers(text)?;
            let on_earth =
                [west, east].iter().all(|lng| lng.abs() <= 180.0) && [south, north].iter().all(|lat| lat.abs() <= 90.0);
            (on_earth && south < north && west.to_bits() != east.to_bits()).then_some(Rectangle {
                west,
                south,
                east,
                north,
            })
        })?;
        let missing = || Invalid(format!("The parameter rectangle is missing; it must be {must}, such as {example}."));
        rectangle.ok_or_else(missing)
    }

    /// A moment.
    ///
    /// # Errors
    /// When it is none.
    pub fn time(&self, name: &str) -> Result<Option<Millis>, Invalid> {
        let must = "milliseconds since the Unix epoch, or ISO 8601";
        self.one(name, must, &format!("{name}=2026-11-22T10:00:00Z"), time)
    }

    /// A text as it was given.
    #[must_use]
    pub fn raw(&self, name: &str) -> Option<&'a str> {
        self.0.get(name).copied()
    }
}

/// So many finite numbers between commas.
fn numbers<const COUNT: usize>(text: &str) -> Option<[f64; COUNT]> {
    let mut parts = text.split(',');
    let mut numbers = [0.0; COUNT];
    for number in &mut numbers {
        *number = parts.next()?.trim().parse().ok().filter(|number: &f64| number.is_finite())?;
    }
    parts.next().is_none().then_some(numbers)
}

/// A moment from 1970 to 9999; without an offset it is one of UTC.
fn time(text: &str) -> Option<Millis> {
    let millis = text.parse::<Millis>().ok();
    let zoned = || text.parse::<Timestamp>().ok();
    let plain = || text.parse::<DateTime>().ok()?.to_zoned(TimeZone::UTC).ok().map(|zoned| zoned.timestamp());
    let found = millis.or_else(|| zoned().or_else(plain).map(Timestamp::as_millisecond))?;
    (0..=Timestamp::MAX.as_millisecond()).contains(&found).then_some(found)
}

/// A text as it can stand in a sentence: quoted, its beginning only.
fn shown(text: &str) -> String {
    const MOST: usize = 60;
    match text.char_indices().nth(MOST) {
        Some((end, _)) => format!("{:?}…", &text[..end]),
        None => format!("{text:?}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const KNOWN: &[&[&str]] = &[&["point", "radius", "rectangle", "since", "route", "limit"]];

    fn given(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    /// What is said to each parameter, read as what it stands for.
    fn refusal(name: &str, value: &str) -> Option<String> {
        let given = given(&[(name, value)]);
        let parameters = match Parameters::read(&given, KNOWN) {
            Ok(parameters) => parameters,
            Err(Invalid(message)) => return Some(message),
        };
        let outcome = match name {
            "point" => parameters.point().err(),
            "rectangle" => parameters.rectangle().err(),
            "radius" => parameters.meters("radius", 1.0..=10_000.0).err(),
            "since" => parameters.time("since").err(),
            "limit" => parameters.whole("limit", 1..=200, 50).err(),
            _ => parameters.text(name).err(),
        };
        outcome.map(|Invalid(message)| message)
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
        assert!(refusal("sinc", "1").unwrap().contains("there are: point, radius"));
        assert!(refusal("q\"}]}", "*").unwrap().contains(r#""q\"}]}""#));
        let twice = given(&[("limit", "1"), ("limit", "2")]);
        assert!(Parameters::read(&twice, KNOWN).unwrap_err().0.contains("limit comes twice"));
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
}
