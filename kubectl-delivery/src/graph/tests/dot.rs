use super::*;
use crate::mesh::node::Grouping;
use crate::mesh::traffic::tests::drawn;

#[test]
fn nodes_and_edges_are_written_with_their_numbers() {
    let text = dot(&drawn(Grouping::CanonicalService));
    assert!(text.starts_with("digraph traffic {\n") && text.ends_with("}\n"));
    let service = "\"service:Kubernetes/data/kafka\" [label=\"data/kafka (service)\", style=dashed];";
    assert!(text.contains(service), "{text}");
    assert!(text.contains("[label=\"http 10.0/s 95.0% p95 21 ms, mTLS 100%\", color=orange];"), "{text}");
    assert!(text.contains("[label=\"tcp 770 B/s\"];"), "{text}");
}

#[test]
fn no_name_ends_its_quotes() {
    assert_eq!(quoted("a\"b\\c\nd"), "\"a\\\"b\\\\c\u{fffd}d\"");
}
