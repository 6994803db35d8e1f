//! A path that a vehicle can drive: positions whose geometry makes sense, and the metres from its start to each.
//!
//! This is the one place that decides what a path may be: the operator reports it in a route's `Ready` condition, and the
//! simulator rejects plans by it. How fast a path is driven is left to [`crate::drive`].

use crate::geodesy::{Position, course_degrees, distance_meters, intermediate};

/// The minimum number of points of a path.
pub const MIN_POINTS: usize = 2;

/// The maximum number of points of a path.
pub const MAX_POINTS: usize = 10_000;

/// The maximum distance in metres between neighbouring points. A road has points far closer than that; a longer
/// jump is nearly always a swapped or mistyped coordinate.
pub const MAX_LEAP_METERS: f64 = 50_000.0;

/// Points closer than this many metres are the same place: the seventh decimal of a degree is already 11 mm, and the
/// antimeridian and the poles can be written in more than one way.
const SAME_PLACE_METERS: f64 = 0.001;

/// Why positions are not a path. Points are counted from 0, as in the list.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum PathError {
    /// Fewer points than a line has.
    #[error("The path needs at least {MIN_POINTS} points; it has {count}.")]
    TooFewPoints {
        /// The number of points.
        count: usize,
    },
    /// More points than are allowed.
    #[error("The path has {count} points, more than the {MAX_POINTS} that are allowed; leave out points or split it.")]
    TooManyPoints {
        /// The number of points.
        count: usize,
    },
    /// A coordinate that is infinite or not a number.
    #[error("Point {index} of the path has a coordinate that is not a finite number.")]
    NotFinite {
        /// The point, from 0.
        index: usize,
    },
    /// A longitude that is out of range.
    #[error(
        "Point {index} of the path has the longitude {longitude}, outside -180 to 180; a point is [longitude, latitude]."
    )]
    LongitudeOutOfRange {
        /// The point, from 0.
        index: usize,
        /// Degrees.
        longitude: f64,
    },
    /// A latitude that is out of range.
    #[error(
        "Point {index} of the path has the latitude {latitude}, outside -90 to 90; a point is [longitude, latitude]."
    )]
    LatitudeOutOfRange {
        /// The point, from 0.
        index: usize,
        /// Degrees.
        latitude: f64,
    },
    /// Neighbouring points that are too far apart.
    #[error(
        "Point {index} of the path is {:.1} km from the point before it, more than the {:.0} km that are allowed; \
         check its coordinates, or add the points between.", .meters / 1000.0, MAX_LEAP_METERS / 1000.0
    )]
    Leap {
        /// The later of the two points, from 0.
        index: usize,
        /// The distance in metres.
        meters: f64,
    },
    /// All points are in one place.
    #[error("All {count} points of the path are in the same place, so it has no length.")]
    ZeroLength {
        /// The number of points.
        count: usize,
    },
}

impl PathError {
    /// A stable name of the error, fit for the reason of a Kubernetes condition and for a label of a metric.
    #[must_use]
    pub fn reason(&self) -> &'static str {
        match self {
            Self::TooFewPoints { .. } => "TooFewPoints",
            Self::TooManyPoints { .. } => "TooManyPoints",
            Self::NotFinite { .. } => "NotFinite",
            Self::LongitudeOutOfRange { .. } => "LongitudeOutOfRange",
            Self::LatitudeOutOfRange { .. } => "LatitudeOutOfRange",
            Self::Leap { .. } => "Leap",
            Self::ZeroLength { .. } => "ZeroLength",
        }
    }
}

/// A line of great-circle arcs between positions, with the distance from the start to each of them. Points may repeat
/// (a stop), and the line may cross the antimeridian and the poles.
#[derive(Debug, Clone, PartialEq)]
pub struct Path {
    points: Box<[Position]>,
    /// The metres from the start to each point, one per point: never decreasing, the first 0, the last above 0.
    meters: Box<[f64]>,
}

/// A place on a path, and the direction in which the path runs there.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Place {
    /// Longitude and latitude in degrees.
    pub position: Position,
    /// Degrees clockwise from north, `0..360`. At a bend, the direction in which it was reached.
    pub heading: f64,
}

impl Path {
    /// Takes positions, `[lng, lat]` in degrees, as a path.
    ///
    /// # Errors
    /// The first thing that is wrong with them, from their start.
    pub fn new(points: &[Position]) -> Result<Self, PathError> {
        let count = points.len();
        if count < MIN_POINTS {
            return Err(PathError::TooFewPoints { count });
        }
        if count > MAX_POINTS {
            return Err(PathError::TooManyPoints { count });
        }
        for (index, &point) in points.iter().enumerate() {
            on_earth(index, point)?;
        }
        let mut meters = Vec::with_capacity(count);
        let mut total = 0.0;
        meters.push(total);
        for (before, [from, to]) in points.array_windows().enumerate() {
            let step = distance_meters(*from, *to);
            if step > MAX_LEAP_METERS {
                return Err(PathError::Leap { index: before + 1, meters: step });
            }
            if step >= SAME_PLACE_METERS {
                total += step;
            }
            meters.push(total);
        }
        if total <= 0.0 {
            return Err(PathError::ZeroLength { count });
        }
        Ok(Self { points: points.into(), meters: meters.into() })
    }

    /// The points, `[lng, lat]` in degrees; at least two.
    #[must_use]
    pub fn points(&self) -> &[Position] {
        &self.points
    }

    /// The last point, `[lng, lat]` in degrees.
    #[must_use]
    pub fn end(&self) -> Position {
        self.points.last().copied().unwrap_or_default()
    }

    /// The length of the path in metres; above 0.
    #[must_use]
    pub fn length_meters(&self) -> f64 {
        self.meters.last().copied().unwrap_or_default()
    }

    /// The metres from the start to a point, counted from 0; beyond the last point, the whole length.
    #[must_use]
    pub fn meters_at_point(&self, index: usize) -> f64 {
        self.meters.get(index).copied().unwrap_or_else(|| self.length_meters())
    }

    /// The place at a distance in metres from the start; before the start the first point, beyond the end the last.
    #[must_use]
    #[expect(clippy::indexing_slicing, reason = "`arc` returns two points of the path, and each point has its metres")]
    pub fn place(&self, meters: f64) -> Place {
        // Not a number counts as the start.
        let meters = if meters > 0.0 { meters.min(self.length_meters()) } else { 0.0 };
        let (start, end) = self.arc(meters);
        let (from, to) = (self.points[start], self.points[end]);
        let fraction = (meters - self.meters[start]) / (self.meters[end] - self.meters[start]);
        let position = intermediate(from, to, fraction);
        // The course is measured over the longer of the two parts, because it is vague over a very short one.
        let heading = if fraction < 0.5 {
            course_degrees(position, to)
        } else {
            crate::geodesy::full_circle(course_degrees(position, from) + 180.0)
        };
        Place { position, heading }
    }

    /// The end points of the arc on which that many metres of the path are reached: its start is before them, its end is not,
    /// and it is longer than nothing.
    fn arc(&self, meters: f64) -> (usize, usize) {
        let end = if meters > 0.0 {
            self.meters.partition_point(|&at| at < meters)
        } else {
            self.meters.partition_point(|&at| at <= 0.0)
        };
        (end - 1, end)
    }
}

fn on_earth(index: usize, [longitude, latitude]: Position) -> Result<(), PathError> {
    if !longitude.is_finite() || !latitude.is_finite() {
        return Err(PathError::NotFinite { index });
    }
    if !(-180.0..=180.0).contains(&longitude) {
        return Err(PathError::LongitudeOutOfRange { index, longitude });
    }
    if !(-90.0..=90.0).contains(&latitude) {
        return Err(PathError::LatitudeOutOfRange { index, latitude });
    }
    Ok(())
}
