//! Reads a line of GeoJSON (RFC 7946): a LineString by itself, in a Feature or in a `FeatureCollection`. Pure.

use super::{Point, Track};
use crate::error::Error;
use serde::Deserialize;

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

/// Reads the one line that the text holds; points, areas and heights in it are passed over.
///
/// # Errors
/// When it is no GeoJSON, or does not hold exactly one line.
pub fn read(text: &str) -> Result<Track, Error> {
    let object =
        serde_json::from_str(text).map_err(|error| Error::Invalid(format!("The file is no GeoJSON: {error}.")))?;
    let mut tracks = Vec::new();
    collect(object, None, &mut tracks)?;
    match (tracks.pop(), tracks.len()) {
        (Some(track), 0) => Ok(track),
        (None, _) => {
            Err(Error::Invalid("The file holds no LineString, so there is nothing to drive along.".to_owned()))
        }
        (Some(_), more) => {
            Err(Error::Invalid(format!("The file holds {} lines; leave the one that is the route.", more + 1)))
        }
    }
}

fn collect(object: Object, title: Option<String>, tracks: &mut Vec<Track>) -> Result<(), Error> {
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

fn point((index, numbers): (usize, Vec<f64>)) -> Result<Point, Error> {
    match numbers[..] {
        [lng, lat] | [lng, lat, _] => Ok(Point { position: [lng, lat], line: None }),
        _ => Err(Error::Invalid(format!(
            "Point {index} of the line has {} numbers; it needs [lng, lat].",
            numbers.len()
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_found_in_whatever_holds_it() {
        let line = r#"{"type":"LineString","coordinates":[[-47.9,-15.8,1172.0],[-47.8,-15.7]]}"#;
        let feature = format!(
            r#"{{"type":"Feature","id":7,"properties":{{"name":"Lake","title":"Lake shore"}},"geometry":{line}}}"#
        );
        let point = r#"{"type":"Feature","properties":null,"geometry":{"type":"Point","coordinates":[0,0]}}"#;
        let nothing = r#"{"type":"Feature","properties":{},"geometry":null}"#;
        let collection =
            format!(r#"{{"type":"FeatureCollection","bbox":[0,0,1,1],"features":[{point},{nothing},{feature}]}}"#);
        for (text, title) in [(line, None), (&feature, Some("Lake shore")), (&collection, Some("Lake shore"))] {
            let track = read(text).unwrap();
            assert_eq!(track.title.as_deref(), title);
            assert_eq!(
                track.points.iter().map(|point| point.position).collect::<Vec<_>>(),
                [[-47.9, -15.8], [-47.8, -15.7]]
            );
        }
    }

    #[test]
    fn what_holds_no_line_or_several_is_refused() {
        for (text, said) in [
            (r#"{"type":"Point","coordinates":[0,0]}"#, "no LineString"),
            (r#"{"type":"Topology"}"#, "no GeoJSON: unknown variant `Topology`"),
            (r#"{"type":"LineString","coordinates":[[1,"x"]]}"#, "no GeoJSON"),
            (r#"{"type":"LineString","coordinates":[[1,2],[3]]}"#, "Point 1 of the line has 1 numbers"),
            (r#"{"type":"MultiLineString","coordinates":[[[1,2],[3,4]],[[5,6],[7,8]]]}"#, "holds 2 lines"),
            ("[1,2]", "no GeoJSON"),
        ] {
            let message = read(text).unwrap_err().to_string();
            assert!(message.contains(said), "{message}");
        }
    }
}
