//! Parses lines of `lat,lng`, the format of Code Delivery's first route files: latitude first. Pure.

use super::gaps;
use super::track::{LineProblem, Point, RouteFileError, Track};

/// Skips empty lines, and lines that start with `#`.
pub(crate) fn read(text: &str) -> Result<Track, RouteFileError> {
    let mut points = Vec::new();
    for (line, text) in (1..).zip(text.lines()) {
        let text = text.trim();
        if text.is_empty() || text.starts_with('#') {
            continue;
        }
        let invalid = |problem| RouteFileError::InvalidLine { line, problem };
        let Some((lat, lng)) = text.split_once(',') else { return Err(invalid(LineProblem::NoComma)) };
        let number = |text: &str, coordinate| {
            let text = text.trim();
            let number = text.parse::<f64>().ok().filter(|number| number.is_finite());
            number.ok_or_else(|| invalid(LineProblem::NotANumber { coordinate, text: text.to_owned() }))
        };
        let (lat, lng) = (number(lat, "latitude")?, number(lng, "longitude")?);
        if !(-90.0..=90.0).contains(&lat) {
            return Err(invalid(LineProblem::Latitude(lat)));
        }
        points.push(Point { position: [lng, lat], line: Some(line) });
    }
    if points.is_empty() {
        return Err(RouteFileError::Empty);
    }
    let remarks = gaps::holes(&gaps::called("line", None), &gaps::steps(&points)).into_iter().collect();
    Ok(Track { title: None, points, remarks })
}

#[cfg(test)]
#[path = "tests/lines.rs"]
mod tests;
