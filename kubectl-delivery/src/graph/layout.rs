//! Places the nodes of a graph in layers, from left to right along the traffic. Pure.
//!
//! A layer is as far right as the longest way to it. A circle is cut at the node that comes first; its last edge then leads back. Within a
//! layer a node is at the height of those that send to it.

use std::collections::{BTreeMap, BTreeSet};

use super::view::name;
use crate::mesh::traffic::Graph;

/// The height of a node, and the space between two.
pub(super) const HEIGHT: f64 = 40.0;
const SPACE: f64 = 36.0;
/// The space between two layers, for the labels of the edges.
pub(super) const GAP: f64 = 220.0;
/// Around everything.
const MARGIN: f64 = 24.0;
/// The width of a character, and of what is around a name.
const CHARACTER: f64 = 7.4;
const PADDING: f64 = 28.0;

/// A node with its place: its left upper corner, and its width.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Placed {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) layer: usize,
    pub(super) x: f64,
    pub(super) y: f64,
    pub(super) width: f64,
}

/// All nodes, and the size of the picture.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Layout {
    pub(super) nodes: Vec<Placed>,
    pub(super) width: f64,
    pub(super) height: f64,
}

pub(super) fn layout(graph: &Graph) -> Layout {
    let ways: BTreeSet<(&str, &str)> =
        graph.edges.iter().map(|edge| (edge.source.as_str(), edge.destination.as_str())).collect();
    let ids: Vec<&str> = graph.nodes.iter().map(|node| node.id.as_str()).collect();
    let found = layers(&ids, &ways);
    let layers = &found;
    let last = layers.values().copied().max().unwrap_or_default();
    let of_layer = |layer: usize| graph.nodes.iter().filter(move |node| layers.get(node.id.as_str()) == Some(&layer));
    let tallest = (0..=last).map(|layer| of_layer(layer).count()).max().unwrap_or_default();
    let height = float(tallest) * (HEIGHT + SPACE) - SPACE;
    let mut nodes: Vec<Placed> = Vec::new();
    let mut x = MARGIN;
    for layer in 0..=last {
        let mut row: Vec<(f64, Placed)> = of_layer(layer)
            .map(|node| {
                let name = name(graph, node);
                let width = float(name.chars().count()) * CHARACTER + PADDING;
                let from = senders(&nodes, &ways, &node.id);
                (from, Placed { id: node.id.clone(), name, layer, x, y: 0.0, width })
            })
            .collect();
        row.sort_by(|(one, left), (other, right)| one.total_cmp(other).then_with(|| left.id.cmp(&right.id)));
        let mut y = MARGIN + (height - (float(row.len()) * (HEIGHT + SPACE) - SPACE)) / 2.0;
        let mut widest: f64 = 0.0;
        for (_, node) in &mut row {
            node.y = y;
            y += HEIGHT + SPACE;
            widest = widest.max(node.width);
        }
        nodes.extend(row.into_iter().map(|(_, node)| node));
        x += widest + GAP;
    }
    // Edges that lead back bend below the last node.
    Layout { nodes, width: x - GAP + MARGIN, height: height.max(HEIGHT) + 2.0 * MARGIN + SPACE }
}

/// The average height of those placed so far that send to a node.
fn senders(placed: &[Placed], ways: &BTreeSet<(&str, &str)>, id: &str) -> f64 {
    let heights: Vec<f64> =
        placed.iter().filter(|node| ways.contains(&(node.id.as_str(), id))).map(|node| node.y).collect();
    if heights.is_empty() { 0.0 } else { heights.iter().sum::<f64>() / float(heights.len()) }
}

/// The layer of each node.
fn layers<'a>(ids: &[&'a str], ways: &BTreeSet<(&'a str, &'a str)>) -> BTreeMap<&'a str, usize> {
    let mut layers: BTreeMap<&str, usize> = BTreeMap::new();
    let mut waiting: Vec<&str> = ids.to_vec();
    while !waiting.is_empty() {
        // In a circle, whoever comes first is next.
        let is_next = |id: &&str| others_that_send_to(id, ways).all(|source| layers.contains_key(source));
        let place = waiting.iter().position(is_next).unwrap_or_default();
        let id = waiting.remove(place);
        let before = others_that_send_to(id, ways).filter_map(|source| layers.get(source)).max();
        let layer = before.map_or(0, |before| before + 1);
        layers.insert(id, layer);
    }
    layers
}

fn others_that_send_to<'a>(id: &'a str, ways: &'a BTreeSet<(&'a str, &'a str)>) -> impl Iterator<Item = &'a str> {
    ways.iter().filter(move |(source, destination)| *destination == id && *source != id).map(|(source, _)| *source)
}

fn float(count: usize) -> f64 {
    u32::try_from(count).map_or(f64::MAX, f64::from)
}

#[cfg(test)]
#[path = "tests/layout.rs"]
mod tests;
