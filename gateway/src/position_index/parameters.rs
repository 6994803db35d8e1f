//! The parameters of a query, read strictly: an unknown, repeated or out-of-range one is refused with its name, what is wrong, and
//! an example.
//!
//! Pure. Each query's own module lists the parameters it takes.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use delivery_messages::deliveries::direction::MAX_TEXT;
use delivery_messages::{LngLat, Millis};
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

/// Why a parameter is refused; the message names it, what it takes, and an example.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum InvalidParameter {
    /// The query takes no parameter of this name.
    #[error("There is no parameter {name} here. The parameters are: {known}.")]
    Unknown {
        name: String,
        /// The names that the query takes.
        known: String,
    },
    /// The parameter is given more than once.
    #[error("The parameter {0} is given twice; give it once.")]
    Repeated(String),
    /// The value cannot be read, or is out of range.
    #[error("The parameter {name} is {value}; it must be {must}, such as {example}.")]
    Malformed {
        name: String,
        /// The value, quoted and cut.
        value: String,
        /// What the parameter takes.
        must: String,
        /// A name–value pair that is accepted.
        example: String,
    },
    /// A required parameter is absent.
    #[error("The parameter {name} is missing; it must be {must}, such as {example}.")]
    Missing {
        name: &'static str,
        /// What the parameter takes.
        must: &'static str,
        /// A name–value pair that is accepted.
        example: &'static str,
    },
    /// `before` is not a token of an earlier page.
    #[error("The parameter before takes the value that an earlier page returned as next.")]
    PageToken,
    /// `since` is not before `until`; both milliseconds since the Unix epoch.
    #[error(
        "The parameter since ({since}) must be before until ({until}), both milliseconds since the Unix epoch, such as \
         since=2026-11-21&until=2026-11-22."
    )]
    EmptyTimeRange {
        /// The given or default start.
        since: Millis,
        /// The given or default end.
        until: Millis,
    },
    /// The time range is too long.
    #[error(
        "The time range from since to until is {days} days; the maximum is {max}, such as since=2026-11-01&until=2026-12-01."
    )]
    LongTimeRange { days: Millis, max: Millis },
    /// The delivery id in the path is empty or too long.
    #[error("A delivery id has 1 to {max} bytes; this one has {bytes}.")]
    DeliveryId { bytes: usize, max: usize },
    /// Not exactly one of `courier` and `client` is given.
    #[error("Give either courier or client, such as courier=moto-7.")]
    CourierOrClient,
}

/// The parameters a client gave, each name once; an empty value counts as absent.
#[derive(Clone, Debug)]
pub(crate) struct Parameters<'a>(BTreeMap<&'a str, &'a str>);

/// A rectangle of the map, in degrees; with `west` > `east` it crosses the 180th meridian.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Rectangle {
    pub west: f64,
    pub south: f64,
    pub east: f64,
    /// Its northern latitude, above `south`.
    pub north: f64,
}

impl<'a> Parameters<'a> {
    /// Reads the pairs of a URL's query string; `known` lists the names that the query takes.
    ///
    /// # Errors
    /// When a name is unknown or repeated.
    pub(crate) fn read(given: &'a [(String, String)], known: &[&[&str]]) -> Result<Self, InvalidParameter> {
        let mut found = BTreeMap::new();
        for (name, value) in given {
            if !known.iter().any(|names| names.contains(&name.as_str())) {
                let known = known.concat();
                let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
                return Err(InvalidParameter::Unknown { name: quoted(name), known });
            }
            if !value.is_empty() && found.insert(name.as_str(), value.as_str()).is_some() {
                return Err(InvalidParameter::Repeated(name.clone()));
            }
        }
        Ok(Self(found))
    }

    /// Reads one; `must` and `example` complete the error message.
    fn one<T>(
        &self,
        name: &str,
        must: &str,
        example: &str,
        read: impl FnOnce(&str) -> Option<T>,
    ) -> Result<Option<T>, InvalidParameter> {
        let Some(text) = self.0.get(name) else { return Ok(None) };
        let malformed = || InvalidParameter::Malformed {
            name: name.to_owned(),
            value: quoted(text),
            must: must.to_owned(),
            example: example.to_owned(),
        };
        read(text).map(Some).ok_or_else(malformed)
    }

    /// A name, of a route or a courier.
    ///
    /// # Errors
    /// When it is too long.
    pub(crate) fn text(&self, name: &str) -> Result<Option<String>, InvalidParameter> {
        let must = format!("a text of at most {MAX_TEXT} characters");
        self.one(name, &must, &format!("{name}=1"), |text| (text.chars().count() <= MAX_TEXT).then(|| text.to_owned()))
    }

    /// An integer.
    ///
    /// # Errors
    /// When it is not an integer of the range.
    pub(crate) fn whole(
        &self,
        name: &str,
        range: RangeInclusive<i64>,
        example: i64,
    ) -> Result<Option<i64>, InvalidParameter> {
        let must = format!("an integer from {} to {}", range.start(), range.end());
        self.one(name, &must, &format!("{name}={example}"), |text| {
            text.parse().ok().filter(|number| range.contains(number))
        })
    }

    /// A distance in metres.
    ///
    /// # Errors
    /// When it is not a number of the range.
    pub(crate) fn meters(&self, name: &str, range: RangeInclusive<f64>) -> Result<Option<f64>, InvalidParameter> {
        let must = format!("a number of metres from {} to {}", range.start(), range.end());
        self.one(name, &must, &format!("{name}=100"), |text| text.parse().ok().filter(|number| range.contains(number)))
    }

    /// The parameter `point`: `lng,lat` in degrees.
    ///
    /// # Errors
    /// When it is absent or malformed.
    pub(crate) fn point(&self) -> Result<LngLat, InvalidParameter> {
        let (must, example) =
            ("lng,lat in degrees, the longitude within ±180 and the latitude within ±90", "point=-47.9292,-15.8259");
        let point = self.one("point", must, example, |text| {
            numbers(text).filter(|[lng, lat]| lng.abs() <= 180.0 && lat.abs() <= 90.0)
        })?;
        point.ok_or(InvalidParameter::Missing { name: "point", must, example })
    }

    /// The parameter `rectangle`: `west,south,east,north` in degrees.
    ///
    /// # Errors
    /// When it is absent or malformed.
    pub(crate) fn rectangle(&self) -> Result<Rectangle, InvalidParameter> {
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
        rectangle.ok_or(InvalidParameter::Missing { name: "rectangle", must, example })
    }

    /// A point in time, milliseconds since the Unix epoch.
    ///
    /// # Errors
    /// When it is malformed.
    pub(crate) fn time(&self, name: &str) -> Result<Option<Millis>, InvalidParameter> {
        let must = "milliseconds since the Unix epoch, or ISO 8601";
        self.one(name, must, &format!("{name}=2026-11-22T10:00:00Z"), time)
    }

    /// The value as given.
    #[must_use]
    pub(crate) fn raw(&self, name: &str) -> Option<&'a str> {
        self.0.get(name).copied()
    }
}

/// `COUNT` finite numbers separated by commas.
fn numbers<const COUNT: usize>(text: &str) -> Option<[f64; COUNT]> {
    let mut parts = text.split(',');
    let mut numbers = [0.0; COUNT];
    for number in &mut numbers {
        *number = parts.next()?.trim().parse().ok().filter(|number: &f64| number.is_finite())?;
    }
    parts.next().is_none().then_some(numbers)
}

/// A time from 1970 to 9999; without an offset it is UTC.
fn time(text: &str) -> Option<Millis> {
    let millis = text.parse::<Millis>().ok();
    let zoned = || text.parse::<Timestamp>().ok();
    let plain = || text.parse::<DateTime>().ok()?.to_zoned(TimeZone::UTC).ok().map(|zoned| zoned.timestamp());
    let found = millis.or_else(|| zoned().or_else(plain).map(Timestamp::as_millisecond))?;
    (0..=Timestamp::MAX.as_millisecond()).contains(&found).then_some(found)
}

/// A value quoted for an error message, cut after 60 characters.
fn quoted(text: &str) -> String {
    const MAX_CHARS: usize = 60;
    match text.char_indices().nth(MAX_CHARS) {
        Some((end, _)) => format!("{:?}…", &text[..end]),
        None => format!("{text:?}"),
    }
}

#[cfg(test)]
#[path = "tests/parameters.rs"]
mod tests;
