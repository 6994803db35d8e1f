use super::*;
use crate::mesh::node::Grouping;
use crate::mesh::traffic::tests::drawn;

fn placed(ids: &[&'static str], ways: &[(&'static str, &'static str)]) -> Vec<usize> {
    let ways = ways.iter().copied().collect();
    let found = layers(ids, &ways);
    ids.iter().map(|id| found[id]).collect()
}

#[test]
fn a_layer_is_as_far_right_as_the_longest_way_to_it() {
    let ids = ["entrance", "gateway", "kafka", "simulator"];
    let ways = [("entrance", "gateway"), ("gateway", "kafka"), ("simulator", "kafka")];
    assert_eq!(placed(&ids, &ways), [0, 1, 2, 0]);
}

#[test]
fn a_circle_is_cut_and_a_loop_changes_nothing() {
    assert_eq!(placed(&["a", "b", "c"], &[("a", "b"), ("b", "c"), ("c", "a")]), [0, 1, 2]);
    assert_eq!(placed(&["a", "b"], &[("a", "a"), ("a", "b")]), [0, 1]);
    assert_eq!(placed(&[], &[]), Vec::<usize>::new());
}

#[test]
fn no_two_nodes_overlap_and_all_are_in_the_picture() {
    let layout = layout(&drawn(Grouping::Workload));
    assert_eq!(layout.nodes.len(), 5);
    for (place, one) in layout.nodes.iter().enumerate() {
        assert!(one.x >= 0.0 && one.y >= 0.0 && one.x + one.width <= layout.width && one.y + HEIGHT <= layout.height);
        for other in &layout.nodes[place + 1..] {
            let apart = one.x + one.width <= other.x || other.x + other.width <= one.x;
            assert!(apart || (one.y - other.y).abs() >= HEIGHT, "{one:?} {other:?}");
        }
    }
}
