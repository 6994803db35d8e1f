use super::*;
use crate::mesh::node::Grouping;
use crate::mesh::traffic::tests::drawn as graph;

#[test]
fn the_picture_is_xml_with_a_node_an_edge_and_a_label_each() {
    let text = svg(&graph(Grouping::Workload));
    let document = roxmltree::Document::parse(&text).unwrap();
    let having = |class: &str| document.descendants().filter(|node| node.attribute("class") == Some(class)).count();
    assert_eq!((having("node"), having("node service")), (4, 1));
    assert_eq!((having("edge"), having("edge degraded"), having("label")), (2, 1, 3));
    assert_eq!(having("lock"), 1, "only the gateway's proxy says how it is talked to");
    let texts: Vec<_> = document.descendants().filter_map(|node| node.text().map(str::to_owned)).collect();
    for label in ["http 10.0/s 95.0% p95 21 ms", "tcp 440 B/s"] {
        assert!(texts.iter().any(|text| text == label), "{texts:?}");
    }
    assert!(text.contains("prefers-color-scheme: dark"));
}

#[test]
fn a_second_protocol_adds_a_label_to_the_same_line() {
    let mut graph = graph(Grouping::Workload);
    let mut second = graph.edges[0].clone();
    "grpc".clone_into(&mut second.protocol);
    second.mutual_tls = Some(0.5);
    graph.edges.push(second);
    let text = svg(&graph);
    assert_eq!((text.matches("<path class=\"edge").count(), text.matches("class=\"label\"").count()), (3, 4));
    assert!(text.contains(", mTLS 50.0%"), "{text}");
}

#[test]
fn a_circle_is_drawn_too_and_no_name_becomes_markup() {
    let mut graph = graph(Grouping::Workload);
    let mut back = graph.edges[0].clone();
    std::mem::swap(&mut back.source, &mut back.destination);
    graph.edges.push(back);
    "<b>&\"".clone_into(&mut graph.nodes[0].name);
    let text = svg(&graph);
    roxmltree::Document::parse(&text).unwrap();
    assert!(text.contains("&lt;b&gt;&amp;&quot;") && text.matches("<path class=\"edge").count() == 4, "{text}");
}
