//! Builds a DeliveryRoute, and writes its manifest as a person would. Pure.

use std::fmt::Write as _;

use delivery_api::names::MAX_ROUTE_NAME;
use delivery_api::{DeliveryRoute, DeliveryRouteSpec};
use delivery_motion::{Path, PathError};
use kube::ResourceExt;

use super::track::{RouteFileError, Track};

/// The seventh decimal is 11 mm; more is noise.
const STEPS_PER_DEGREE: f64 = 1e7;

/// The route, and its length in metres.
pub(crate) fn route(
    name: &str,
    title: Option<String>,
    id: Option<String>,
    track: &Track,
) -> Result<(DeliveryRoute, f64), RouteFileError> {
    check_name(name)?;
    let points: Vec<_> = track.points.iter().map(|point| point.position.map(rounded)).collect();
    let path =
        Path::new(&points).map_err(|source| RouteFileError::InvalidPath { line: line_of(track, &source), source })?;
    let title = title.or_else(|| track.title.clone());
    let route = DeliveryRoute::new(name, DeliveryRouteSpec { title, id, path: points });
    Ok((route, path.length_meters()))
}

fn rounded(degrees: f64) -> f64 {
    (degrees * STEPS_PER_DEGREE).round() / STEPS_PER_DEGREE + 0.0
}

/// The line of the file that an error is about, if it is known.
fn line_of(track: &Track, error: &PathError) -> Option<usize> {
    let index = match error {
        PathError::NotFinite { index }
        | PathError::LongitudeOutOfRange { index, .. }
        | PathError::LatitudeOutOfRange { index, .. }
        | PathError::Leap { index, .. } => Some(*index),
        PathError::TooFewPoints { .. } | PathError::TooManyPoints { .. } | PathError::ZeroLength { .. } => None,
    };
    track.points.get(index?)?.line
}

fn check_name(name: &str) -> Result<(), RouteFileError> {
    let fits = |at: (usize, char)| at.1.is_ascii_lowercase() || at.1.is_ascii_digit() || (at.1 == '-' && at.0 > 0);
    if !name.is_empty() && name.len() <= MAX_ROUTE_NAME && !name.ends_with('-') && name.char_indices().all(fits) {
        return Ok(());
    }
    Err(RouteFileError::InvalidName(name.to_owned()))
}

/// A name for the route of a file: the file's own name without invalid characters.
pub(crate) fn name_of(file: &str) -> String {
    let words = file.to_lowercase();
    let words = words.split(|character: char| !character.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    let name = words.collect::<Vec<_>>().join("-");
    name.get(..MAX_ROUTE_NAME).unwrap_or(&name).trim_end_matches('-').to_owned()
}

/// The manifest, with one point per line.
pub(crate) fn yaml(route: &DeliveryRoute, namespace: Option<&str>) -> Result<String, serde_yaml::Error> {
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
#[path = "tests/manifest.rs"]
mod tests;
