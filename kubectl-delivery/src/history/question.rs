//! What is asked of the gateway: the path with its parameters. Pure.

use crate::gateway::encoded;
use crate::output;
use delivery_messages::Millis;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use std::fmt::Write as _;

/// A moment that a person has typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// So long ago.
    Ago(SignedDuration),
    /// Then.
    At(Timestamp),
}

impl Moment {
    /// Milliseconds since the Unix epoch.
    #[must_use]
    pub fn millis(self) -> Millis {
        match self {
            Self::Ago(duration) => output::ago(duration),
            Self::At(time) => time.as_millisecond(),
        }
    }
}

/// Reads a moment: `90m` is that long ago; `2026-11-22` and `2026-11-22T10:00:00Z` are themselves, in UTC without an offset.
///
/// # Errors
/// What can be typed instead.
pub fn moment(text: &str) -> Result<Moment, String> {
    let plain = || text.parse::<DateTime>().ok()?.to_zoned(TimeZone::UTC).ok().map(|zoned| zoned.timestamp());
    let time = text.parse::<Timestamp>().ok().or_else(plain).map(Moment::At);
    let moment = time.or_else(|| output::duration(text).ok().map(Moment::Ago));
    moment.ok_or_else(|| "it is no time; write how long ago, such as 90m or 24h, or a date such as 2026-11-22 or 2026-11-22T10:00:00Z".to_owned())
}

/// A place that a person has typed: longitude and latitude in degrees.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Place([f64; 2]);

/// Reads a place, `LNG,LAT`.
///
/// # Errors
/// What can be typed instead.
pub fn place(text: &str) -> Result<Place, String> {
    let degrees = |text: &str, most: f64| {
        text.trim().parse().ok().filter(|degrees: &f64| degrees.is_finite() && degrees.abs() <= most)
    };
    let place = text.split_once(',').and_then(|(lng, lat)| Some(Place([degrees(lng, 180.0)?, degrees(lat, 90.0)?])));
    place.ok_or_else(|| {
        "it is no place; write the longitude and the latitude in degrees, such as -47.93,-15.83".to_owned()
    })
}

/// What is asked.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Question {
    /// Near where; none: everywhere.
    pub near: Option<Place>,
    /// How near, metres; none: as the gateway has it.
    pub radius: Option<f64>,
    /// From when on; none: as the gateway has it.
    pub since: Option<Millis>,
    /// Before when.
    pub until: Option<Millis>,
    /// Whose.
    pub courier: Option<String>,
    /// On which route, by its id.
    pub route: Option<String>,
    /// Of which namespace; none: of all.
    pub namespace: Option<String>,
    /// How many at most.
    pub limit: u32,
}

impl Question {
    /// The path and its parameters.
    #[must_use]
    pub fn path(&self) -> String {
        let mut path = match self.near {
            Some(Place([lng, lat])) => format!("/history/near?limit={}&point={lng},{lat}", self.limit),
            None => format!("/history/deliveries?limit={}", self.limit),
        };
        let numbers = [
            ("radius", self.radius.filter(|_| self.near.is_some()).map(|radius| radius.to_string())),
            ("since", self.since.map(|since| since.to_string())),
            ("until", self.until.map(|until| until.to_string())),
        ];
        let names = [("courier", &self.courier), ("route", &self.route), ("namespace", &self.namespace)];
        let names = names.map(|(name, value)| (name, value.as_deref().map(encoded)));
        for (name, value) in numbers.into_iter().chain(names) {
            if let Some(value) = value {
                // Writing to a String cannot fail.
                let _ = write!(path, "&{name}={value}");
            }
        }
        path
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_question_becomes_a_path() {
        let near = Question {
            near: place("-47.93,-15.83").ok(),
            radius: Some(250.5),
            since: Some(5),
            until: Some(9),
            courier: Some("José & co".into()),
            route: Some("1".into()),
            namespace: Some("shop".into()),
            limit: 50,
        };
        assert_eq!(
            near.path(),
            "/history/near?limit=50&point=-47.93,-15.83&radius=250.5&since=5&until=9&courier=Jos%C3%A9%20%26%20co\
             &route=1&namespace=shop"
        );
        assert_eq!(Question { limit: 7, ..Question::default() }.path(), "/history/deliveries?limit=7");
    }

    #[test]
    fn a_time_can_be_a_date_or_how_long_ago() {
        assert_eq!(moment("24h"), Ok(Moment::Ago(SignedDuration::from_hours(24))));
        for text in ["2026-11-22T10:00:00Z", "2026-11-22T10:00:00", "2026-11-22T07:00:00-03:00"] {
            assert_eq!(moment(text).unwrap().millis(), 1_795_341_600_000, "{text}");
        }
        assert_eq!(moment("2026-11-22").unwrap().millis(), 1_795_305_600_000);
        for text in ["", "yesterday", "-5m", "2026-13-01", "12"] {
            assert!(moment(text).unwrap_err().contains("24h"), "{text}");
        }
    }

    #[test]
    fn a_place_is_on_earth() {
        for text in ["", "-47.93", "NaN,0", "181,0", "0,91", "0,inf", "-47,93;-15,83", "1,2,3"] {
            assert!(place(text).is_err(), "{text}");
        }
    }
}
