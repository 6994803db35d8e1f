//! Leaves out points that make no difference to a line. Pure.
//!
//! The algorithm of D. H. Douglas and T. K. Peucker, "Algorithms for the reduction of the number of points required to represent a
//! digitized line or its caricature", Cartographica 10 (1973), pages 112-122, <https://doi.org/10.3138/FM57-6770-U75U-7727>: of
//! the points between two that stay, the one farthest from the straight line between them stays as well, if it is farther away
//! than allowed. So no point that is left out is farther from the line.
//!
//! In the worst case, a spiral, that takes the square of the number of points. So a line is simplified in pieces, whose ends stay:
//! at most one point in [`PIECE`] too many.

use std::collections::BTreeSet;

use super::track::Point;

/// Points of a piece: with a million of them, the worst case takes seconds instead of hours.
const PIECE: usize = 1_000;

/// Metres per degree of latitude, on a sphere with the Earth's mean radius of 6,371,008.8 m.
const METERS_PER_DEGREE: f64 = 111_195.080_2;

/// The points without those that are at most `tolerance` metres from the line through the others.
pub(crate) fn simplify(points: &[Point], tolerance: f64) -> Vec<Point> {
    let last = points.len().saturating_sub(1);
    let mut kept: BTreeSet<usize> = (0..last).step_by(PIECE).chain([0, last]).collect();
    // A stack instead of recursion, because a line may have a million points.
    let mut spans: Vec<_> = kept.iter().copied().zip(kept.iter().copied().skip(1)).collect();
    while let Some((from, to)) = spans.pop() {
        if let Some((farthest, meters)) = farthest(points, from, to)
            && meters > tolerance
        {
            kept.insert(farthest);
            spans.extend([(from, farthest), (farthest, to)]);
        }
    }
    kept.into_iter().filter_map(|place| points.get(place).copied()).collect()
}

/// The point between two that is farthest from the straight line between them, and its distance in metres.
fn farthest(points: &[Point], from: usize, to: usize) -> Option<(usize, f64)> {
    let (start, end) = (points.get(from)?, points.get(to)?);
    let between = points.get(from + 1..to)?;
    let distances = between.iter().map(|point| distance(point.position, start.position, end.position));
    distances
        .enumerate()
        // A point that is nowhere must not hide those beside it: it stays, and the check of the path names it.
        .map(|(place, meters)| (from + 1 + place, if meters.is_nan() { f64::INFINITY } else { meters }))
        .max_by(|one, other| one.1.total_cmp(&other.1))
}

/// The distance in metres of a point from the straight line between two others, on a plane that touches the Earth at the first of
/// them: exact enough, because a route's points are close together.
fn distance(point: [f64; 2], start: [f64; 2], end: [f64; 2]) -> f64 {
    let scale = METERS_PER_DEGREE * start[1].to_radians().cos();
    // The shorter way around, across the date line.
    let east = |lng: f64| (lng - start[0] + 540.0).rem_euclid(360.0) - 180.0;
    let place = |[lng, lat]: [f64; 2]| (east(lng) * scale, (lat - start[1]) * METERS_PER_DEGREE);
    let ((x, y), (end_x, end_y)) = (place(point), place(end));
    let length = end_x.hypot(end_y);
    if length == 0.0 {
        return x.hypot(y);
    }
    let along = ((x * end_x + y * end_y) / (length * length)).clamp(0.0, 1.0);
    (x - along * end_x).hypot(y - along * end_y)
}

#[cfg(test)]
#[path = "tests/simplify.rs"]
mod tests;
