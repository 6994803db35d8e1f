//! Parses a line of GeoJSON (RFC 7946): a LineString by itself, in a Feature or in a `FeatureCollection`. Pure.

use serde::Deserialize;

use super::track::{Point, RouteFileError, Track};

#[derive(Deserialize)]
#[serde(tag = "type")]
enum Object {
    LineString { coordinates: Vec<Vec<f64>> },
    MultiLineString { coordinates: Vec<Vec<Vec<f64>>> },
    Feature { geometry: Option<Box<Self>>, properties: Option<serde_json::Map<String, serde_json::Value>> },
    FeatureCollection { features: Vec<Self> },
    GeometryCollection { geometries: Vec<Self> },
    Point {},
    MultiPoint {},
    Polygon {},
    MultiPolygon {},
}

/// Reads the only line in the text; skips points, areas and heights.
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
            let text = |name: &str| properties.as_ref()?.get(name)?.as_str().map(str::to_owned);
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

fn point((index, numbers): (usize, Vec<f64>)) -> Result<Point, RouteFileError> {
    match numbers[..] {
        [lng, lat] | [lng, lat, _] => Ok(Point { position: [lng, lat], line: None }),
        _ => Err(RouteFileError::InvalidCoordinates { index, count: numbers.len() }),
    }
}

#[cfg(test)]
#[path = "tests/geojson.rs"]
mod tests;
