//! The parameters of a question, read strictly: one that is unknown, repeated or out of its range is refused with its name, what
//! is wrong, and an example.
//!
//! Pure. Which question takes which is said in the question's own module.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use delivery_messages::direction::MAX_TEXT;
use delivery_messages::{LngLat, Millis};
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

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
#[path = "tests/parameters.rs"]
mod tests;
