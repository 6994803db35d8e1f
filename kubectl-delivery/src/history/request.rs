//! The request: the gateway's path with its parameters. Pure.

use std::fmt::Write as _;

use delivery_messages::Millis;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use crate::base::duration;
use crate::cluster::server::encoded;

/// A point in time on the command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Moment {
    /// This long ago.
    Ago(SignedDuration),
    /// At this time.
    At(Timestamp),
}

impl Moment {
    /// Milliseconds since the Unix epoch.
    pub(crate) fn millis(self) -> Millis {
        match self {
            Self::Ago(duration) => duration::ago(duration),
            Self::At(time) => time.as_millisecond(),
        }
    }
}

/// A text that is not a point in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a time; write how long ago, such as 90m or 24h, or a date such as 2026-11-22 or 2026-11-22T10:00:00Z")]
pub(crate) struct InvalidMoment;

/// Parses how long ago (`90m`), a date (`2026-11-22`) or a timestamp (`2026-11-22T10:00:00Z`), in UTC without an offset.
pub(crate) fn moment(text: &str) -> Result<Moment, InvalidMoment> {
    let plain = || text.parse::<DateTime>().ok()?.to_zoned(TimeZone::UTC).ok().map(|zoned| zoned.timestamp());
    let time = text.parse::<Timestamp>().ok().or_else(plain).map(Moment::At);
    let moment = time.or_else(|| duration::parse(text).ok().map(Moment::Ago));
    moment.ok_or(InvalidMoment)
}

/// Longitude and latitude in degrees.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Point([f64; 2]);

/// A text that is not a point.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a point; write the longitude and the latitude in degrees, such as -47.93,-15.83")]
pub(crate) struct InvalidPoint;

pub(crate) fn point(text: &str) -> Result<Point, InvalidPoint> {
    let degrees = |text: &str, max: f64| {
        text.trim().parse().ok().filter(|degrees: &f64| degrees.is_finite() && degrees.abs() <= max)
    };
    let point = text.split_once(',').and_then(|(lng, lat)| Some(Point([degrees(lng, 180.0)?, degrees(lat, 90.0)?])));
    point.ok_or(InvalidPoint)
}

#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct HistoryRequest {
    /// None: everywhere.
    pub(crate) near: Option<Point>,
    /// Metres; none: the gateway's default.
    pub(crate) radius: Option<f64>,
    /// Milliseconds since the Unix epoch; none: the gateway's default.
    pub(crate) since: Option<Millis>,
    /// Milliseconds since the Unix epoch; none: the gateway's default.
    pub(crate) until: Option<Millis>,
    pub(crate) courier: Option<String>,
    /// A routeId.
    pub(crate) route: Option<String>,
    /// None: all namespaces.
    pub(crate) namespace: Option<String>,
    pub(crate) limit: u32,
}

impl HistoryRequest {
    /// The path and its parameters.
    pub(crate) fn path(&self) -> String {
        let mut path = match self.near {
            Some(Point([lng, lat])) => format!("/history/near?limit={}&point={lng},{lat}", self.limit),
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
#[path = "tests/request.rs"]
mod tests;
