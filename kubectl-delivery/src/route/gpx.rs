//! Reads a track or a route of GPX (1.0 and 1.1). Pure.

use super::{Point, Track};
use crate::error::Error;
use roxmltree::{Document, Node};

/// Reads the one track that the text holds, its segments one after the other; without a track, the one route.
///
/// # Errors
/// When it is no GPX, does not hold exactly one, or a point has no coordinates; with the line.
pub fn read(text: &str) -> Result<Track, Error> {
    let refused = |message: String| Err(Error::Invalid(message));
    let document = match Document::parse(text) {
        Ok(document) => document,
        Err(error) => return refused(format!("The file is no GPX: {error}.")),
    };
    let root = document.root_element();
    let named = |name: &str| root.children().filter(|node| node.tag_name().name() == name).collect::<Vec<_>>();
    let (tracks, routes) = (named("trk"), named("rte"));
    let (found, kind) = if tracks.is_empty() { (routes, "rtept") } else { (tracks, "trkpt") };
    let [line] = found[..] else {
        return refused(match found.len() {
            0 => "The file holds no track (trk) and no route (rte), so there is nothing to drive along.".to_owned(),
            count => format!("The file holds {count} of them; leave the one that is the route."),
        });
    };
    let points = line.descendants().filter(|node| node.tag_name().name() == kind);
    let points = points.map(|node| point(&document, node)).collect::<Result<_, _>>()?;
    let title = line.children().find(|node| node.tag_name().name() == "name").and_then(|node| node.text());
    Ok(Track { title: title.map(|title| title.trim().to_owned()).filter(|title| !title.is_empty()), points })
}

fn point(document: &Document<'_>, node: Node<'_, '_>) -> Result<Point, Error> {
    let line = usize::try_from(document.text_pos_at(node.range().start).row).ok();
    let number = |name: &str| {
        let number = node.attribute(name).and_then(|text| text.trim().parse::<f64>().ok());
        number.ok_or_else(|| {
            let line = line.unwrap_or_default();
            Error::Invalid(format!("The point in line {line} has no {name} that is a number."))
        })
    };
    Ok(Point { position: [number("lon")?, number("lat")?], line })
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str = r#"<?xml version="1.0"?>
<gpx version="1.1" creator="watch" xmlns="http://www.topografix.com/GPX/1/1">
  <metadata><name>Not this</name></metadata>
  <wpt lat="1" lon="2"/>
"#;

    #[test]
    fn a_track_is_its_segments_one_after_the_other() {
        let text = format!(
            r#"{HEAD}<trk><name> Lake </name><trkseg>
            <trkpt lat="-15.8" lon="-47.9"><ele>1172</ele></trkpt></trkseg><trkseg>
            <trkpt lat="-15.7" lon="-47.8"/></trkseg></trk><rte><rtept lat="0" lon="0"/></rte></gpx>"#
        );
        let track = read(&text).unwrap();
        assert_eq!(track.title.as_deref(), Some("Lake"));
        assert_eq!(track.points[0], Point { position: [-47.9, -15.8], line: Some(6) });
        assert_eq!(track.points[1], Point { position: [-47.8, -15.7], line: Some(7) });
    }

    #[test]
    fn without_a_track_the_route_counts() {
        let text = format!(r#"{HEAD}<rte><rtept lat="1" lon="2"/><rtept lat="3" lon="4"/></rte></gpx>"#);
        assert_eq!(read(&text).unwrap().points[1], Point { position: [4.0, 3.0], line: Some(5) });
    }

    #[test]
    fn what_is_no_line_is_refused_with_its_place() {
        for (text, said) in [
            ("<gpx>".to_owned(), "no GPX"),
            (format!("{HEAD}</gpx>"), "no track (trk) and no route"),
            (format!("{HEAD}<trk/><trk/></gpx>"), "holds 2"),
            (format!("{HEAD}<trk><trkseg>\n<trkpt lat='1'/></trkseg></trk></gpx>"), "line 6 has no lon"),
            (r#"<!DOCTYPE x [<!ENTITY a "b">]><gpx>&a;</gpx>"#.to_owned(), "no GPX"),
        ] {
            let message = read(&text).unwrap_err().to_string();
            assert!(message.contains(said), "{message}");
        }
    }
}
