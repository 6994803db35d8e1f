//! The graph as a picture, readable on a light and on a dark ground. Pure.
//!
//! A closed padlock stands on an edge whose traffic is all under mutual TLS.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use super::format::{percent, summary};
use super::labels::{Curve, Labels};
use super::layout::{GAP, HEIGHT, Placed, layout};
use crate::base::table::printable;
use crate::mesh::node::NodeKind;
use crate::mesh::traffic::{Edge, Graph, Health};

/// The width of a character in an edge's label, and of the padlock before it.
const CHARACTER: f64 = 6.2;
const LOCK: f64 = 14.0;
/// How far an edge that leads back bends below its nodes.
const BEND: f64 = 44.0;

const STYLE: &str = "\
text { font: 12px system-ui, sans-serif; fill: #1f2933; text-anchor: middle; }
.label { font-size: 11px; paint-order: stroke; stroke: #ffffff; stroke-width: 4px; stroke-linejoin: round; }
.ground { fill: #ffffff; }
.node { fill: #f1f5f9; stroke: #52606d; }
.service { stroke-dasharray: 5 4; }
.edge { fill: none; stroke: #52606d; stroke-width: 1.5; }
.healthy { stroke: #1b8a3a; }
.degraded { stroke: #b26a00; }
.failing { stroke: #c62828; }
.lock { fill: #1f2933; stroke: #1f2933; }
.arrow { fill: #52606d; }
@media (prefers-color-scheme: dark) {
  text { fill: #e4e7eb; }
  .label { stroke: #14181d; }
  .ground { fill: #14181d; }
  .node { fill: #252d36; stroke: #9aa5b1; }
  .edge { stroke: #9aa5b1; }
  .healthy { stroke: #57c478; }
  .degraded { stroke: #f0b429; }
  .failing { stroke: #ff7b72; }
  .lock { fill: #e4e7eb; stroke: #e4e7eb; }
  .arrow { fill: #9aa5b1; }
}
";

/// A whole document.
pub(super) fn svg(graph: &Graph) -> String {
    let placed = layout(graph);
    let (width, height) = (placed.width, placed.height);
    let title = escaped(&format!("Traffic of {}", graph.namespaces.join(", ")));
    let mut text = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width:.0} {height:.0}\" width=\"{width:.0}\" height=\"{height:.0}\" \
         role=\"img\">\n<title>{title}</title>\n<style>\n{STYLE}</style>\n<defs><marker id=\"arrow\" viewBox=\"0 0 8 8\" refX=\"8\" \
         refY=\"4\" markerWidth=\"7\" markerHeight=\"7\" orient=\"auto\"><path class=\"arrow\" d=\"M0 0L8 4L0 8z\"/></marker></defs>\n\
         <rect class=\"ground\" width=\"100%\" height=\"100%\"/>\n"
    );
    let by_id: BTreeMap<&str, &Placed> = placed.nodes.iter().map(|node| (node.id.as_str(), node)).collect();
    let (mut lines, mut labels, mut labelled) = (BTreeSet::new(), Labels::new(&placed.nodes), String::new());
    for edge in &graph.edges {
        let ends = (edge.source.as_str(), edge.destination.as_str());
        let (Some(source), Some(destination)) = (by_id.get(ends.0), by_id.get(ends.1)) else { continue };
        let curve = curve(source, destination);
        // Several protocols between two nodes share a line.
        if lines.insert(ends) {
            text.push_str(&drawn(edge, &curve));
        }
        labelled.push_str(&label(edge, &curve, &mut labels));
    }
    for node in &placed.nodes {
        let service = graph.node(&node.id).is_some_and(|node| node.kind == NodeKind::Service);
        text.push_str(&boxed(node, service));
    }
    // No line goes through a text.
    text.push_str(&labelled);
    text.push_str("</svg>\n");
    text
}

fn boxed(node: &Placed, service: bool) -> String {
    let Placed { name, x, y, width, .. } = node;
    let class = if service { "node service" } else { "node" };
    let (middle, line) = (x + width / 2.0, y + HEIGHT / 2.0 + 4.0);
    format!(
        "<rect class=\"{class}\" x=\"{x:.1}\" y=\"{y:.1}\" width=\"{width:.1}\" height=\"{HEIGHT:.0}\" rx=\"8\"/><text x=\"{middle:.1}\" \
         y=\"{line:.1}\">{}</text>\n",
        escaped(name)
    )
}

/// The way of an edge: to the right from node to node, or below both if it leads back.
fn curve(source: &Placed, destination: &Placed) -> Curve {
    if source.layer < destination.layer {
        let (left, right) = (source.x + source.width, destination.x);
        let (from, to) = (source.y + HEIGHT / 2.0, destination.y + HEIGHT / 2.0);
        return Curve([(left, from), (left + GAP / 2.0, from), (right - GAP / 2.0, to), (right, to)]);
    }
    let (left, right) = (source.x + source.width * 0.6, destination.x + destination.width * 0.4);
    let (from, to) = (source.y + HEIGHT, destination.y + HEIGHT);
    let low = from.max(to) + BEND;
    Curve([(left, from), (left, low), (right, low), (right, to)])
}

fn drawn(edge: &Edge, Curve([from, first, second, to]): &Curve) -> String {
    let class = match edge.health {
        Some(Health::Healthy) => "edge healthy",
        Some(Health::Degraded) => "edge degraded",
        Some(Health::Failing) => "edge failing",
        None => "edge",
    };
    format!(
        "<path class=\"{class}\" d=\"M{:.1} {:.1}C{:.1} {:.1} {:.1} {:.1} {:.1} {:.1}\" marker-end=\"url(#arrow)\"/>\n",
        from.0, from.1, first.0, first.1, second.0, second.1, to.0, to.1
    )
}

/// The label of an edge, at a place of its own on the line.
fn label(edge: &Edge, curve: &Curve, labels: &mut Labels) -> String {
    let said = said(edge);
    let wide = f64::from(u16::try_from(said.chars().count()).unwrap_or(u16::MAX)) * CHARACTER;
    let (x, y) = labels.place(curve, wide + 2.0 * LOCK);
    let mut text = String::new();
    if edge.mutual_tls.is_some_and(|part| part >= 1.0) {
        // Writing to a String cannot fail.
        let _ = write!(
            text,
            "<g class=\"lock\" transform=\"translate({:.1} {:.1})\"><title>mutual TLS</title><rect y=\"5\" width=\"9\" height=\"7\" \
             rx=\"1\"/><path fill=\"none\" stroke-width=\"1.5\" d=\"M2 5V3a2.5 2.5 0 0 1 5 0V5\"/></g>",
            x - wide / 2.0 - LOCK,
            y - 7.0
        );
    }
    let _ = writeln!(text, "<text class=\"label\" x=\"{x:.1}\" y=\"{:.1}\">{}</text>", y + 4.0, escaped(&said));
    text
}

/// The protocol and the numbers; the part under mutual TLS if that is not all.
fn said(edge: &Edge) -> String {
    let partly = edge.mutual_tls.filter(|part| *part < 1.0);
    let security = partly.map(|part| format!(", mTLS {}", percent(part))).unwrap_or_default();
    format!("{} {}{security}", edge.protocol, summary(edge))
}

/// Text that is nothing but text in XML.
fn escaped(text: &str) -> String {
    printable(text).replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
#[path = "tests/svg.rs"]
mod tests;
