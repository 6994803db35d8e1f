//! Parses a track or a route of GPX (1.0 and 1.1). Pure.

use roxmltree::{Document, Node};

use super::gaps::{self, Step};
use super::track::{Point, RouteFileError, Track, title_of};
use crate::base::output::counted;

/// A shorter gap between two segments, in metres, is a pause, and not worth a remark.
const MIN_GAP: f64 = 100.0;

/// Reads the only track in the text, its segments one after the other; without a track, the only route. Tracks and routes without points
/// are left out. Garmin's programs write the way between a route's points as extensions (`rpt`), which are points of the line too.
pub(crate) fn read(text: &str) -> Result<Track, RouteFileError> {
    let document = Document::parse(text).map_err(RouteFileError::InvalidGpx)?;
    let root = document.root_element();
    let of = |name: &str| root.children().filter(|node| node.tag_name().name() == name).collect::<Vec<_>>();
    let (empty, tracks): (Vec<_>, Vec<_>) = of("trk").into_iter().partition(|track| is_empty(*track, "trkpt"));
    let (without, routes): (Vec<_>, Vec<_>) = of("rte").into_iter().partition(|route| is_empty(*route, "rtept"));
    let (found, kind, word) = if tracks.is_empty() { (routes, "rtept", "route") } else { (tracks, "trkpt", "track") };
    let [line] = found[..] else {
        return Err(match found.len() {
            0 => RouteFileError::NoTrack,
            _ => RouteFileError::SeveralTracks(found.into_iter().map(name).collect()),
        });
    };
    let is_on_the_way = |node: &Node<'_, '_>| kind == "rtept" && node.tag_name().name() == "rpt";
    let nodes = line.descendants().filter(|node| node.tag_name().name() == kind || is_on_the_way(node));
    let nodes: Vec<_> = nodes.collect();
    let mut lines = Lines::of(text);
    let points = nodes.iter().map(|node| point(*node, lines.at(node.range().start))).collect::<Result<Vec<_>, _>>()?;
    let on_the_way = nodes.iter().filter(|node| is_on_the_way(node)).count() as u64;
    let title = name(line);
    let called = gaps::called(word, title.as_deref());
    let left_out =
        |word: &str, node| format!("{} has no points and is left out.", gaps::called(word, name(node).as_deref()));
    let mut remarks: Vec<_> = empty.into_iter().map(|node| left_out("track", node)).collect();
    remarks.extend(without.into_iter().map(|node| left_out("route", node)));
    if on_the_way > 0 {
        let all = counted(points.len() as u64, "point", "points");
        remarks.push(format!("Of the line's {all}, {on_the_way} are Garmin's extension of the route (rpt)."));
    }
    let steps = gaps::steps(&points);
    let joins = |step: &Step| kind == "trkpt" && parent(&nodes, step.index) != parent(&nodes, step.index + 1);
    let (between, within): (Vec<_>, Vec<_>) = steps.into_iter().partition(joins);
    remarks.extend(joined(&called, &between));
    remarks.extend(gaps::holes(&called, &within));
    remarks.extend((kind == "rtept").then(|| gaps::sparse(&called, &within)).flatten());
    Ok(Track { title, points, remarks })
}

fn is_empty(line: Node<'_, '_>, kind: &str) -> bool {
    !line.descendants().any(|node| node.tag_name().name() == kind)
}

fn name(line: Node<'_, '_>) -> Option<String> {
    line.children().find(|node| node.tag_name().name() == "name")?.text().and_then(title_of)
}

/// The segment of a point.
fn parent<'a, 'input>(nodes: &[Node<'a, 'input>], index: usize) -> Option<Node<'a, 'input>> {
    nodes.get(index)?.parent()
}

/// A remark about the longest straight line that joins two segments.
fn joined(called: &str, between: &[Step]) -> Option<String> {
    let longest = between.iter().max_by(|one, other| one.meters.total_cmp(&other.meters))?;
    let after = longest.line.map(|line| format!(", after line {line} of the file")).unwrap_or_default();
    (longest.meters >= MIN_GAP).then(|| {
        let (segments, kilometers) = (between.len() + 1, longest.meters / 1_000.0);
        format!("{called} has {segments} segments, joined by straight lines; the longest is {kilometers:.2} km{after}.")
    })
}

fn point(node: Node<'_, '_>, line: usize) -> Result<Point, RouteFileError> {
    let number = |attribute| {
        let number = node.attribute(attribute).and_then(|text| text.trim().parse::<f64>().ok());
        number.ok_or(RouteFileError::InvalidAttribute { line, attribute })
    };
    Ok(Point { position: [number("lon")?, number("lat")?], line: Some(line) })
}

/// Finds the lines of places in a text that are asked for in their order. Each part of the text is read once: a recording has a
/// hundred thousand points.
struct Lines<'a> {
    text: &'a str,
    place: usize,
    line: usize,
}

impl<'a> Lines<'a> {
    const fn of(text: &'a str) -> Self {
        Self { text, place: 0, line: 1 }
    }

    /// The line of a place, from 1.
    fn at(&mut self, place: usize) -> usize {
        let passed = self.text.as_bytes().get(self.place..place).unwrap_or_default();
        self.line += passed.split(|byte| *byte == b'\n').count() - 1;
        self.place = place;
        self.line
    }
}

#[cfg(test)]
#[path = "tests/gpx.rs"]
mod tests;
