//! Parses a line of GeoJSON (RFC 7946): a LineString by itself, in a Feature or in a `FeatureCollection`. Pure.

use std::sync::Arc;

use serde::Deserialize;

use super::gaps;
use super::track::{Point, RouteFileError, Track, title_of};

/// `[lng, lat]`, often with a height, which some programs write as null, and sometimes with more, which readers may ignore.
type Position = Vec<Option<f64>>;

#[derive(Deserialize)]
#[serde(tag = "type")]
enum Object {
    LineString { coordinates: Vec<Position> },
    MultiLineString { coordinates: Vec<Vec<Position>> },
    Feature { geometry: Option<Box<Self>>, properties: Option<serde_json::Map<String, serde_json::Value>> },
    FeatureCollection { features: Vec<Self> },
    GeometryCollection { geometries: Vec<Self> },
    Point {},
    MultiPoint {},
    Polygon {},
    MultiPolygon {},
}

/// Reads the only line in the text; skips points, areas, and what follows a position's two numbers.
pub(crate) fn read(text: &str) -> Result<Track, RouteFileError> {
    let object = serde_json::from_str(text).map_err(RouteFileError::InvalidGeoJson)?;
    let mut lines = Vec::new();
    collect(object, None, &mut lines)?;
    let (empty, mut lines): (Vec<_>, Vec<_>) = lines.into_iter().partition(|line| line.points.is_empty());
    let Some(line) = lines.pop() else { return Err(RouteFileError::NoLineString) };
    if !lines.is_empty() {
        lines.push(line);
        return Err(RouteFileError::SeveralLines(lines.into_iter().map(|line| line.title).collect()));
    }
    let called = |line: &Line| gaps::called("line", line.title.as_deref());
    let mut remarks: Vec<_> =
        empty.iter().map(|empty| format!("{} has no points and is left out.", called(empty))).collect();
    remarks.extend(gaps::holes(&called(&line), &gaps::steps(&line.points)));
    Ok(Track { title: line.title.map(|title| title.to_string()), points: line.points, remarks })
}

/// A line of the file. A file may have thousands, and one title for all.
struct Line {
    title: Option<Arc<str>>,
    points: Vec<Point>,
}

fn collect(object: Object, title: Option<&Arc<str>>, lines: &mut Vec<Line>) -> Result<(), RouteFileError> {
    match object {
        Object::LineString { coordinates } => {
            let points = coordinates.into_iter().enumerate().map(point).collect::<Result<_, _>>()?;
            lines.push(Line { title: title.cloned(), points });
        }
        Object::MultiLineString { coordinates } => {
            for coordinates in coordinates {
                collect(Object::LineString { coordinates }, title, lines)?;
            }
        }
        Object::Feature { geometry, properties } => {
            let text = |name: &str| properties.as_ref()?.get(name)?.as_str().and_then(title_of);
            let title = text("title").or_else(|| text("name")).map(Arc::from);
            if let Some(geometry) = geometry {
                collect(*geometry, title.as_ref(), lines)?;
            }
        }
        Object::FeatureCollection { features: objects } | Object::GeometryCollection { geometries: objects } => {
            for object in objects {
                collect(object, title, lines)?;
            }
        }
        Object::Point {} | Object::MultiPoint {} | Object::Polygon {} | Object::MultiPolygon {} => {}
    }
    Ok(())
}

fn point((index, numbers): (usize, Position)) -> Result<Point, RouteFileError> {
    match numbers[..] {
        [Some(lng), Some(lat), ..] => Ok(Point { position: [lng, lat], line: None }),
        _ => Err(RouteFileError::InvalidCoordinates { index }),
    }
}

#[cfg(test)]
#[path = "tests/geojson.rs"]
mod tests;
