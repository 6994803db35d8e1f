//! Reads lines of `lat,lng`, as the original's route files hold them: latitude first. Pure.

use super::{Point, Track};
use crate::error::Error;

/// Reads the points. Empty lines, and lines that begin with `#`, are passed over.
///
/// # Errors
/// With the number of the first line that is no point.
pub fn read(text: &str) -> Result<Track, Error> {
    let mut points = Vec::new();
    for (line, text) in (1..).zip(text.lines()) {
        let text = text.trim();
        if text.is_empty() || text.starts_with('#') {
            continue;
        }
        let refused =
            |why: &str| Error::Invalid(format!("Line {line} is no point: {why}; write it as lat,lng in degrees."));
        let Some((lat, lng)) = text.split_once(',') else { return Err(refused("it has no comma")) };
        let number = |text: &str, which: &str| {
            let number = text.trim().parse::<f64>().ok().filter(|number| number.is_finite());
            number.ok_or_else(|| refused(&format!("its {which} {:?} is no number", text.trim())))
        };
        let (lat, lng) = (number(lat, "latitude")?, number(lng, "longitude")?);
        if !(-90.0..=90.0).contains(&lat) {
            return Err(refused(&format!("its latitude {lat} is outside -90 to 90; the latitude comes first here")));
        }
        points.push(Point { position: [lng, lat], line: Some(line) });
    }
    if points.is_empty() {
        return Err(Error::Invalid("The file holds no points.".to_owned()));
    }
    Ok(Track { title: None, points })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn latitude_comes_first_and_the_last_line_needs_no_end() {
        let track = read("# Primeiro\n-15.82594,-47.92923\r\n\n -15.82942 , -47.92765").unwrap();
        assert_eq!(track.points[0], Point { position: [-47.92923, -15.82594], line: Some(2) });
        assert_eq!(track.points[1], Point { position: [-47.92765, -15.82942], line: Some(4) });
    }

    #[test]
    fn what_is_no_point_is_told_with_its_line() {
        for (text, said) in [
            ("-15,-47\nfoo", "Line 2 is no point: it has no comma"),
            ("-15,-47\n-15,west", "Line 2 is no point: its longitude \"west\" is no number"),
            ("-15;-47", "Line 1 is no point: it has no comma"),
            ("1,2,3", "its longitude \"2,3\" is no number"),
            ("NaN,2", "its latitude \"NaN\" is no number"),
            ("-115.8,-47.9", "its latitude -115.8 is outside -90 to 90"),
        ] {
            let message = read(text).unwrap_err().to_string();
            assert!(message.contains(said), "{message}");
        }
    }
}
