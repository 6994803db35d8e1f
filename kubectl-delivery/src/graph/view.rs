//! The table of `graph`. Pure.

use jiff::SignedDuration;

use super::format::{bytes, milliseconds, percent, rate};
use crate::base::duration;
use crate::base::output::counted;
use crate::base::screen::{Size, cut};
use crate::base::table::{Side, Table, printable};
use crate::mesh::node::{Node, NodeKind};
use crate::mesh::traffic::{Edge, Graph, Health};

/// What is not known, or does not apply.
const NONE: &str = "-";

/// All lines, each with its line break.
pub(super) fn text(graph: &Graph) -> String {
    let window = duration::age(SignedDuration::from_secs(i64::try_from(graph.window_seconds).unwrap_or(i64::MAX)));
    let title = format!("Traffic of {} within the last {window}", graph.namespaces.join(", "));
    let skipped = match u64::try_from(graph.skipped_series).unwrap_or(u64::MAX) {
        0 => String::new(),
        count => format!(
            "\n{} left out, as Kiali leaves them out: labels are missing, or contradict one another.\n",
            counted(count, "series was", "series were")
        ),
    };
    format!("{}\n\n{}{skipped}", printable(&title), table(graph).text())
}

/// The lines of a frame that fits the terminal.
pub(super) fn frame(graph: &Graph, size: Size) -> Vec<String> {
    let all = text(graph);
    all.lines().take(size.height.saturating_sub(1).max(1)).map(|line| cut(line, size.width)).collect()
}

fn table(graph: &Graph) -> Table {
    let mut table = Table::new(vec![
        ("FROM", Side::Left),
        ("TO", Side::Left),
        ("PROTOCOL", Side::Left),
        ("REQUESTS/S", Side::Right),
        ("SENT/S", Side::Right),
        ("RECEIVED/S", Side::Right),
        ("SUCCESS", Side::Right),
        ("P50", Side::Right),
        ("P95", Side::Right),
        ("P99", Side::Right),
        ("MTLS", Side::Right),
        ("HEALTH", Side::Left),
    ]);
    for edge in &graph.edges {
        table.row(cells(graph, edge));
    }
    table
}

fn cells(graph: &Graph, edge: &Edge) -> Vec<String> {
    let end = |id: &str| graph.node(id).map_or_else(|| id.to_owned(), |node| name(graph, node));
    let shown = |value: Option<f64>, write: fn(f64) -> String| value.map_or_else(|| NONE.to_owned(), write);
    let health = match edge.health {
        Some(Health::Healthy) => "healthy",
        Some(Health::Degraded) => "degraded",
        Some(Health::Failing) => "failing",
        None => NONE,
    };
    vec![
        end(&edge.source),
        end(&edge.destination),
        edge.protocol.clone(),
        shown(edge.requests_per_second, rate),
        shown(edge.sent_bytes_per_second, bytes),
        shown(edge.received_bytes_per_second, bytes),
        shown(edge.success, percent),
        shown(edge.p50_milliseconds, milliseconds),
        shown(edge.p95_milliseconds, milliseconds),
        shown(edge.p99_milliseconds, milliseconds),
        shown(edge.mutual_tls, percent),
        health.to_owned(),
    ]
}

/// A node's name, with its namespace unless it is the first of those asked for.
pub(super) fn name(graph: &Graph, node: &Node) -> String {
    let is_usual = node.namespace.is_empty() || graph.namespaces.first() == Some(&node.namespace);
    let name = if is_usual { node.name.clone() } else { format!("{}/{}", node.namespace, node.name) };
    if node.kind == NodeKind::Service { format!("{name} (service)") } else { name }
}

#[cfg(test)]
#[path = "tests/view.rs"]
mod tests;
