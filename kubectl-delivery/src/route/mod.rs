//! The command `route import`: a DeliveryRoute from a file that something else has written.
//!
//! [`lines`], [`geojson`] and [`gpx`] read the formats; [`manifest`] writes the object; [`command`] is what a person types.

pub mod command;
pub mod geojson;
pub mod gpx;
pub mod lines;
pub mod manifest;

use crate::error::Error;

/// A point of a file: `[lng, lat]` in degrees, and the line of the file that it stands in, from 1, if that is known.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Point {
    /// `[lng, lat]` in degrees.
    pub position: [f64; 2],
    /// The line.
    pub line: Option<usize>,
}

/// What a file holds.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Track {
    /// What it is called there.
    pub title: Option<String>,
    /// The points, in their order.
    pub points: Vec<Point>,
}

/// Reads a file of any of the formats: GPX begins with `<`, GeoJSON with `{`, and all else is lines of `lat,lng`.
///
/// # Errors
/// A sentence with the line, as far as that is known.
pub fn read(text: &str) -> Result<Track, Error> {
    let text = text.trim_start_matches('\u{feff}');
    match text.trim_start().chars().next() {
        Some('<') => gpx::read(text),
        Some('{' | '[') => geojson::read(text),
        _ => lines::read(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_format_is_told_from_how_the_file_begins() {
        assert_eq!(read("-15.82594,-47.92923\n-15.82942,-47.92765").unwrap().points.len(), 2);
        let line = r#" {"type":"LineString","coordinates":[[-47.92923,-15.82594],[-47.92765,-15.82942]]}"#;
        assert_eq!(read(line).unwrap().points[0], Point { position: [-47.92923, -15.82594], line: None });
        assert!(read("\u{feff}<gpx></gpx>").unwrap_err().to_string().contains("no track"));
        assert!(read("").unwrap_err().to_string().contains("no points"));
    }
}
