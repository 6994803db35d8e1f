//! Reads a file of any of the formats. Pure.

use super::track::{RouteFileError, Track};
use super::{geojson, gpx, lines};

/// GPX starts with `<`, GeoJSON with `{`; anything else is lines of `lat,lng`.
pub(crate) fn read(text: &str) -> Result<Track, RouteFileError> {
    let text = text.trim_start_matches('\u{feff}');
    match text.trim_start().chars().next() {
        Some('<') => gpx::read(text),
        Some('{' | '[') => geojson::read(text),
        _ => lines::read(text),
    }
}

#[cfg(test)]
#[path = "tests/read.rs"]
mod tests;
