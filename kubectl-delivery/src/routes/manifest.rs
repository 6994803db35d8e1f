//! Builds a DeliveryRoute, and writes its manifest as a person would. Pure.

use std::fmt::Write as _;

use delivery_api::names::MAX_ROUTE_NAME;
use delivery_api::{DeliveryRoute, DeliveryRouteSpec};
use delivery_motion::{Path, PathError};
use kube::ResourceExt;

use super::track::{MAX_TITLE, RouteFileError, Track};

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
    let path = Path::new(&points).map_err(|source| match source {
        PathError::TooManyPoints { .. } => RouteFileError::TooManyPoints(points.len()),
        source => RouteFileError::InvalidPath { line: line_of(track, &source), source },
    })?;
    let title = match title {
        Some(title) => Some(checked(title)?),
        None => track.title.as_deref().map(|title| shortened(title).unwrap_or_else(|| title.to_owned())),
    };
    let route = DeliveryRoute::new(name, DeliveryRouteSpec { title, id, path: points });
    Ok((route, path.length_meters()))
}

/// A title as requested.
fn checked(title: String) -> Result<String, RouteFileError> {
    match title.chars().count() {
        1..=MAX_TITLE => Ok(title),
        characters => Err(RouteFileError::InvalidTitle(characters)),
    }
}

/// The beginning of a file's title, if the title is too long.
pub(crate) fn shortened(title: &str) -> Option<String> {
    let (end, _) = title.char_indices().nth(MAX_TITLE - 1).filter(|_| title.chars().count() > MAX_TITLE)?;
    Some(title.get(..end)?.trim_end().to_owned() + "…")
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
    let mut text = String::from("apiVersion: codedelivery.dev/v1alpha1\nkind: DeliveryRoute\nmetadata:\n");
    text.push_str(&field("name", &route.name_any())?);
    if let Some(namespace) = namespace {
        text.push_str(&field("namespace", namespace)?);
    }
    text.push_str("spec:\n");
    for (key, value) in [("title", &route.spec.title), ("id", &route.spec.id)] {
        if let Some(value) = value {
            text.push_str(&field(key, value)?);
        }
    }
    text.push_str("  path:\n");
    for [lng, lat] in &route.spec.path {
        // Writing to a String cannot fail.
        let _ = writeln!(text, "    - [{lng}, {lat}]");
    }
    Ok(text)
}

/// A field with a text, one level deep. The library quotes what YAML 1.2 would not read as a text; kubectl reads YAML 1.1.
fn field(key: &str, value: &str) -> Result<String, serde_yaml::Error> {
    let lines = serde_yaml::to_string(&serde_yaml::Mapping::from_iter([(key.into(), value.into())]))?;
    if lines.trim_end() == format!("{key}: {value}") && !is_plain_text(value) {
        return Ok(format!("  {key}: '{}'\n", value.replace('\'', "''")));
    }
    Ok(lines.lines().fold(String::new(), |text, line| text + "  " + line + "\n"))
}

/// Whether YAML 1.1, too, reads this as a text without quotes. Numbers and times begin with a digit or a sign, `.inf`, `~`, `<<` and
/// `=` with neither letter nor digit.
fn is_plain_text(value: &str) -> bool {
    const WORDS: [&str; 9] = ["y", "n", "yes", "no", "on", "off", "true", "false", "null"];
    value.starts_with(char::is_alphabetic) && !WORDS.iter().any(|word| value.eq_ignore_ascii_case(word))
}

#[cfg(test)]
#[path = "tests/manifest.rs"]
mod tests;
