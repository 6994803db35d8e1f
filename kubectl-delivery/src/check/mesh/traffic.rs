//! Judges whether the traffic was under mutual TLS, by what the proxies of the destinations have reported. Pure.

use crate::base::output::counted;
use crate::check::finding::Finding;
use crate::mesh::node::NodeKind;
use crate::mesh::traffic::{Edge, Graph};

/// The most edges that are named.
const NAMED: usize = 3;

/// Judges the edges. Whoever is outside of the mesh cannot have an identity in it: that those are refused is what the policies are for.
pub(super) fn judge(graph: &Graph) -> Finding {
    let is_inside = |edge: &&Edge| graph.node(&edge.source).is_some_and(|node| node.kind != NodeKind::Unknown);
    let reported: Vec<_> = graph.edges.iter().filter(is_inside).filter(|edge| edge.mutual_tls.is_some()).collect();
    if reported.is_empty() {
        return Finding::skipped(format!(
            "There was no traffic between proxies within the last {} s, so its mutual TLS was not checked.",
            graph.window_seconds
        ));
    }
    let plain: Vec<_> = reported.iter().filter(|edge| edge.mutual_tls.is_some_and(|part| part < 1.0)).collect();
    let name = |id: &str| graph.node(id).map_or_else(|| id.to_owned(), |node| node.name.clone());
    let count = |edges: usize| u64::try_from(edges).unwrap_or(u64::MAX);
    if plain.is_empty() {
        return Finding::right(format!(
            "All traffic that proxies have reported within the last {} s was under mutual TLS ({}).",
            graph.window_seconds,
            counted(count(reported.len()), "edge", "edges")
        ));
    }
    let named = plain.iter().take(NAMED).map(|edge| format!("{} → {}", name(&edge.source), name(&edge.destination)));
    let named = named.collect::<Vec<_>>().join(", ");
    Finding::wrong(
        format!("{} not wholly under mutual TLS: {named}.", counted(count(plain.len()), "edge is", "edges are")),
        "See kubectl delivery graph, and the PeerAuthentications and DestinationRules of the namespace.",
    )
}

#[cfg(test)]
#[path = "tests/traffic.rs"]
mod tests;
