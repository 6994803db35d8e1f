//! Makes a DeliveryRoute of points, and writes it as a person would. Pure.

use super::Track;
use crate::error::Error;
use delivery_api::names::MAX_ROUTE_NAME;
use delivery_api::{DeliveryRoute, DeliveryRouteSpec};
use delivery_motion::{Path, PathError};
use kube::ResourceExt;
use std::fmt::Write as _;

/// A seventh of a decimal is 11 mm; more is noise.
const STEPS_PER_DEGREE: f64 = 1e7;

/// A route of the points, and its length in metres.
///
/// # Errors
/// When the name cannot be used, or nothing can drive along the points.
pub fn route(
    name: &str,
    title: Option<String>,
    id: Option<String>,
    track: &Track,
) -> Result<(DeliveryRoute, f64), Error> {
    check_name(name)?;
    let points: Vec<_> = track.points.iter().map(|point| point.position.map(rounded)).collect();
    let path = Path::new(&points).map_err(|error| refusal(track, &error))?;
    let title = title.or_else(|| track.title.clone());
    let route = DeliveryRoute::new(name, DeliveryRouteSpec { title, id, path: points });
    Ok((route, path.length_meters()))
}

fn rounded(degrees: f64) -> f64 {
    (degrees * STEPS_PER_DEGREE).round() / STEPS_PER_DEGREE + 0.0
}

/// The refusal of a point, with the line of the file that it stands in.
fn refusal(track: &Track, error: &PathError) -> Error {
    let index = match error {
        PathError::NotFinite { index }
        | PathError::LongitudeOutOfRange { index, .. }
        | PathError::LatitudeOutOfRange { index, .. }
        | PathError::Leap { index, .. } => Some(*index),
        PathError::TooFewPoints { .. } | PathError::TooManyPoints { .. } | PathError::ZeroLength { .. } => None,
    };
    let line = index.and_then(|index| track.points.get(index)?.line).map(|line| format!("Line {line}: "));
    Error::Invalid(format!("{}{error}", line.unwrap_or_default()))
}

fn check_name(name: &str) -> Result<(), Error> {
    let fits = |at: (usize, char)| at.1.is_ascii_lowercase() || at.1.is_ascii_digit() || (at.1 == '-' && at.0 > 0);
    if !name.is_empty() && name.len() <= MAX_ROUTE_NAME && !name.ends_with('-') && name.char_indices().all(fits) {
        return Ok(());
    }
    Err(Error::Invalid(format!(
        "{name:?} cannot be the name of a DeliveryRoute: it needs 1 to {MAX_ROUTE_NAME} lower-case letters, digits and \
         hyphens, none of these at an end; choose one with --name."
    )))
}

/// A name for the route of a file: what is left of the file's own name.
#[must_use]
pub fn name_of(file: &str) -> String {
    let words = file.to_lowercase();
    let words = words.split(|character: char| !character.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    let name = words.collect::<Vec<_>>().join("-");
    name.get(..MAX_ROUTE_NAME).unwrap_or(&name).trim_end_matches('-').to_owned()
}

/// The manifest, with one point a line.
///
/// # Errors
/// Only if a text cannot be written as YAML.
pub fn yaml(route: &DeliveryRoute, namespace: Option<&str>) -> Result<String, serde_yaml::Error> {
    let mut metadata = serde_yaml::Mapping::new();
    metadata.insert("name".into(), route.name_any().into());
    if let Some(namespace) = namespace {
        metadata.insert("namespace".into(), namespace.into());
    }
    let mut text = String::from("apiVersion: codedelivery.dev/v1alpha1\nkind: DeliveryRoute\nmetadata:\n");
    let indented = |mapping: &serde_yaml::Mapping| {
        let lines = serde_yaml::to_string(mapping)?;
        Ok::<_, serde_yaml::Error>(lines.lines().fold(String::new(), |text, line| text + "  " + line + "\n"))
    };
    text.push_str(&indented(&metadata)?);
    text.push_str("spec:\n");
    let mut spec = serde_yaml::Mapping::new();
    for (field, value) in [("title", &route.spec.title), ("id", &route.spec.id)] {
        if let Some(value) = value {
            spec.insert(field.into(), value.clone().into());
        }
    }
    if !spec.is_empty() {
        text.push_str(&indented(&spec)?);
    }
    text.push_str("  path:\n");
    for [lng, lat] in &route.spec.path {
        // Writing to a String cannot fail.
        let _ = writeln!(text, "    - [{lng}, {lat}]");
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::route::Point;

    fn track(positions: &[[f64; 2]]) -> Track {
        let points = positions.iter().zip(10..).map(|(&position, line)| Point { position, line: Some(line) });
        Track { title: Some("Lake: \"shore\"".into()), points: points.collect() }
    }

    #[test]
    fn the_manifest_reads_back_as_the_same_route() {
        let track = track(&[[-47.123_456_789, -15.0], [-47.2, -15.000_000_04], [-47.3, 1e-7 - 15.0]]);
        let (route, length) = route("lake", None, Some("007".into()), &track).unwrap();
        assert!((18_900.0..19_000.0).contains(&length), "{length}");
        let text = yaml(&route, Some("shop")).unwrap();
        assert!(
            text.ends_with("  path:\n    - [-47.1234568, -15]\n    - [-47.2, -15]\n    - [-47.3, -14.9999999]\n"),
            "{text}"
        );
        let read: DeliveryRoute = serde_yaml::from_str(&text).unwrap();
        assert_eq!(read.spec, route.spec);
        assert_eq!(read.spec.title.as_deref(), Some("Lake: \"shore\""));
        assert_eq!(read.metadata.namespace.as_deref(), Some("shop"));
    }

    #[test]
    fn what_cannot_be_driven_is_refused_with_the_line_in_the_file() {
        let refused = |positions: &[[f64; 2]]| route("lake", None, None, &track(positions)).unwrap_err().to_string();
        assert!(refused(&[[0.0, 0.0], [0.0, 1.0]]).starts_with("Line 11: Point 1 of the path is 111.2 km"));
        assert!(refused(&[[0.0, 0.0], [181.0, 0.0]]).starts_with("Line 11: Point 1 of the path has the longitude 181"));
        assert!(refused(&[[1.0, 1.0], [1.0, 1.0]]).starts_with("All 2 points"));
        assert!(refused(&[[1.0, 1.0]]).contains("needs at least 2 points; it has 1"));
        assert!(refused(&vec![[1.0, 1.0]; 10_001]).contains("10001 points, more than the 10000"));
    }

    #[test]
    fn a_name_is_found_or_asked_for() {
        assert_eq!(name_of("Lago Paranoá (norte).gpx"), "lago-parano-norte-gpx");
        assert_eq!(name_of("1"), "1");
        assert_eq!(name_of(&format!("{}-shore", "x".repeat(40))), "x".repeat(40), "cut at a hyphen, which goes too");
        let point = track(&[[0.0, 0.0], [0.0, 0.1]]);
        for name in ["", "Lake", "lake.shore", "-lake", "lake-", &"l".repeat(42)] {
            let message = route(name, None, None, &point).unwrap_err().to_string();
            assert!(message.contains("--name"), "{message}");
        }
    }
}
