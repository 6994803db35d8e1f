//! The graph in the language of Graphviz. Pure.

use std::fmt::Write as _;

use super::format::{percent, summary};
use super::view::name;
use crate::base::table::printable;
use crate::mesh::node::NodeKind;
use crate::mesh::traffic::{Edge, Graph, Health};

/// A whole document.
pub(super) fn dot(graph: &Graph) -> String {
    let mut text = String::from("digraph traffic {\n  rankdir=LR;\n  node [shape=box, style=rounded];\n");
    // Writing to a String cannot fail.
    for node in &graph.nodes {
        let shape = if node.kind == NodeKind::Service { ", style=dashed" } else { "" };
        let _ = writeln!(text, "  {} [label={}{shape}];", quoted(&node.id), quoted(&name(graph, node)));
    }
    for edge in &graph.edges {
        let (source, destination) = (quoted(&edge.source), quoted(&edge.destination));
        let _ = writeln!(text, "  {source} -> {destination} [label={}{}];", quoted(&label(edge)), colour(edge));
    }
    text.push_str("}\n");
    text
}

fn label(edge: &Edge) -> String {
    let security = edge.mutual_tls.map(|part| format!(", mTLS {}", percent(part))).unwrap_or_default();
    format!("{} {}{security}", edge.protocol, summary(edge))
}

fn colour(edge: &Edge) -> &'static str {
    match edge.health {
        Some(Health::Degraded) => ", color=orange",
        Some(Health::Failing) => ", color=red",
        Some(Health::Healthy) | None => "",
    }
}

/// A text in quotes, in which nothing ends them.
fn quoted(text: &str) -> String {
    format!("\"{}\"", printable(text).replace('\\', "\\\\").replace('"', "\\\""))
}

#[cfg(test)]
#[path = "tests/dot.rs"]
mod tests;
