use super::*;
use crate::check::finding::Verdict;
use crate::mesh::node::Grouping;
use crate::mesh::traffic::tests::drawn;

#[test]
fn traffic_under_mutual_tls_is_right_and_servers_outside_do_not_count() {
    let found = judge(&drawn(Grouping::Workload));
    assert_eq!(found.result, Verdict::Right);
    assert!(found.message.ends_with("(1 edge)."), "{}", found.message);
}

#[test]
fn plain_text_is_wrong_and_its_ends_are_named() {
    let mut graph = drawn(Grouping::Workload);
    graph.edges[0].mutual_tls = Some(0.5);
    let found = judge(&graph);
    assert_eq!(found.result, Verdict::Wrong);
    assert!(found.message.contains("code-delivery-entrance-istio → code-delivery-gateway"), "{}", found.message);
}

#[test]
fn whoever_is_outside_of_the_mesh_is_no_edge_of_it() {
    let mut graph = drawn(Grouping::Workload);
    graph.edges[0].mutual_tls = Some(0.0);
    for node in &mut graph.nodes {
        if node.name == "code-delivery-entrance-istio" {
            node.kind = NodeKind::Unknown;
        }
    }
    assert_eq!(judge(&graph).result, Verdict::Skipped);
}
