//! Geodesy on a sphere: distance, course and points along a great circle.
//!
//! A vehicle's steps are short, so a sphere is enough: its distances differ from the WGS 84 ellipsoid's by 0.5 % at
//! most. The formulas are those of Ed Williams, "Aviation Formulary V1.47" (1, the haversine form of the distance; 2,
//! course between points; 3, intermediate points; 4, latitude and longitude given radial and distance), which Chris
//! Veness, "Calculate distance, bearing and more between Latitude/Longitude points", explains at length. The
//! haversine form is R. W. Sinnott's, "Virtues of the Haversine", Sky and Telescope 68 (2), 1984, p. 159.
//!
//! Whether a position is in range is left to [`crate::path`].

use libm::{asin, atan2, cos, sin, sqrt};

/// Longitude and latitude in degrees, in this order, as `GeoJSON` (RFC 7946, 3.1.1) has it.
pub type Position = [f64; 2];

/// The mean radius of the earth in metres: R₁ = (2a + b) / 3 of GRS 80. H. Moritz, "Geodetic Reference System 1980",
/// Journal of Geodesy 74 (2000), pp. 128–133, rounded to a decimetre.
pub const EARTH_RADIUS_METERS: f64 = 6_371_008.8;

/// The length in metres of the great-circle arc between two positions.
#[must_use]
pub fn distance_meters(from: Position, to: Position) -> f64 {
    EARTH_RADIUS_METERS * central_angle(from, to)
}

/// The initial course of the great circle from one position to another, in degrees clockwise from north, `0..360`.
/// Between equal positions it is 0.
#[must_use]
pub fn course_degrees(from: Position, to: Position) -> f64 {
    let (from_latitude, to_latitude) = (from[1].to_radians(), to[1].to_radians());
    let east = (to[0] - from[0]).to_radians();
    let y = sin(east) * cos(to_latitude);
    let x = cos(from_latitude) * sin(to_latitude) - sin(from_latitude) * cos(to_latitude) * cos(east);
    full_circle(atan2(y, x).to_degrees())
}

/// The position at a fraction (`0..=1`) of the great-circle arc between two positions, which are not antipodal. The
/// fractions 0 and 1 give the ends themselves.
#[must_use]
pub fn intermediate(from: Position, to: Position, fraction: f64) -> Position {
    if fraction <= 0.0 {
        return from;
    }
    if fraction >= 1.0 {
        return to;
    }
    let angle = central_angle(from, to);
    let divisor = sin(angle);
    if divisor == 0.0 {
        return from;
    }
    let near = sin((1.0 - fraction) * angle) / divisor;
    let far = sin(fraction * angle) / divisor;
    let (from_longitude, from_latitude) = (from[0].to_radians(), from[1].to_radians());
    let (to_longitude, to_latitude) = (to[0].to_radians(), to[1].to_radians());
    let x = near * cos(from_latitude) * cos(from_longitude) + far * cos(to_latitude) * cos(to_longitude);
    let y = near * cos(from_latitude) * sin(from_longitude) + far * cos(to_latitude) * sin(to_longitude);
    let z = near * sin(from_latitude) + far * sin(to_latitude);
    [atan2(y, x).to_degrees(), atan2(z, sqrt(x * x + y * y)).to_degrees()]
}

/// The position reached from another on a course (degrees clockwise from north) after a distance in metres.
#[must_use]
pub fn destination(from: Position, course_degrees: f64, distance_meters: f64) -> Position {
    let angle = distance_meters / EARTH_RADIUS_METERS;
    let course = course_degrees.to_radians();
    let latitude = from[1].to_radians();
    let sine = sin(latitude) * cos(angle) + cos(latitude) * sin(angle) * cos(course);
    let to_latitude = asin(sine.clamp(-1.0, 1.0));
    let y = sin(course) * sin(angle) * cos(latitude);
    let x = cos(angle) - sin(latitude) * sine;
    [half_circle(from[0] + atan2(y, x).to_degrees()), to_latitude.to_degrees()]
}

/// An angle in degrees, brought into `0..360`.
#[must_use]
pub fn full_circle(degrees: f64) -> f64 {
    let turned = degrees.rem_euclid(360.0);
    // A tiny negative angle is rounded up to 360 itself.
    if turned >= 360.0 { 0.0 } else { turned }
}

/// The angle in radians between two positions as seen from the centre of the earth.
fn central_angle(from: Position, to: Position) -> f64 {
    let (from_latitude, to_latitude) = (from[1].to_radians(), to[1].to_radians());
    let north = sin((to_latitude - from_latitude) / 2.0);
    let east = sin((to[0] - from[0]).to_radians() / 2.0);
    let haversine = north * north + cos(from_latitude) * cos(to_latitude) * east * east;
    2.0 * asin(sqrt(haversine.clamp(0.0, 1.0)))
}

/// A longitude in degrees, brought into `-180..=180`.
fn half_circle(degrees: f64) -> f64 {
    if (-180.0..=180.0).contains(&degrees) { degrees } else { full_circle(degrees + 180.0) - 180.0 }
}
