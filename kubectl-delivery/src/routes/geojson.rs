//! Parses a line of GeoJSON (RFC 7946): a LineString by itself, in a Feature or in a `FeatureCollection`. Pure.

use serde::Deserialize;

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
    let mut tracks = Vec::new();
    collect(object, None, &mut tracks)?;
    match (tracks.pop(), tracks.len()) {
        (Some(track), 0) => Ok(track),
        (None, _) => Err(RouteFileError::NoLineString),
        (Some(_), others) => Err(RouteFileError::SeveralLines(others + 1)),
    }
}

fn collect(object: Object, title: Option<String>, tracks: &mut Vec<Track>) -> Result<(), RouteFileError> {
    match object {
        Object::LineString { coordinates } => {
            let points = coordinates.into_iter().enumerate().map(point).collect::<Result<_, _>>()?;
            tracks.push(Track { title, points });
        }
        Object::MultiLineString { coordinates } => {
            for coordinates in coordinates {
                collect(Object::LineString { coordinates }, title.clone(), tracks)?;
            }
        }
        Object::Feature { geometry, properties } => {
            let text = |name: &str| properties.as_ref()?.get(name)?.as_str().and_then(title_of);
            let title = text("title").or_else(|| text("name"));
            if let Some(geometry) = geometry {
                collect(*geometry, title, tracks)?;
            }
        }
        Object::FeatureCollection { features: objects } | Object::GeometryCollection { geometries: objects } => {
            for object in objects {
                collect(object, title.clone(), tracks)?;
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
