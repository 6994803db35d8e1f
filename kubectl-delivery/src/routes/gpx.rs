//! Parses a track or a route of GPX (1.0 and 1.1). Pure.

use roxmltree::{Document, Node};

use super::track::{Point, RouteFileError, Track, title_of};

/// Reads the only track in the text, its segments one after the other; without a track, the only route.
pub(crate) fn read(text: &str) -> Result<Track, RouteFileError> {
    let document = Document::parse(text).map_err(RouteFileError::InvalidGpx)?;
    let root = document.root_element();
    let named = |name: &str| root.children().filter(|node| node.tag_name().name() == name).collect::<Vec<_>>();
    let (tracks, routes) = (named("trk"), named("rte"));
    let (found, kind) = if tracks.is_empty() { (routes, "rtept") } else { (tracks, "trkpt") };
    let [line] = found[..] else {
        return Err(match found.len() {
            0 => RouteFileError::NoTrack,
            count => RouteFileError::SeveralTracks(count),
        });
    };
    let points = line.descendants().filter(|node| node.tag_name().name() == kind);
    let points = points.map(|node| point(&document, node)).collect::<Result<_, _>>()?;
    let title = line.children().find(|node| node.tag_name().name() == "name").and_then(|node| node.text());
    Ok(Track { title: title.and_then(title_of), points })
}

fn point(document: &Document<'_>, node: Node<'_, '_>) -> Result<Point, RouteFileError> {
    let line = usize::try_from(document.text_pos_at(node.range().start).row).ok();
    let number = |attribute| {
        let number = node.attribute(attribute).and_then(|text| text.trim().parse::<f64>().ok());
        number.ok_or_else(|| RouteFileError::InvalidAttribute { line: line.unwrap_or_default(), attribute })
    };
    Ok(Point { position: [number("lon")?, number("lat")?], line })
}

#[cfg(test)]
#[path = "tests/gpx.rs"]
mod tests;
