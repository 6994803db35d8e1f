use super::*;

const LINE: Curve = Curve([(0.0, 0.0), (200.0, 0.0), (200.0, 400.0), (400.0, 400.0)]);

#[test]
fn a_label_stands_in_the_middle_of_its_line_and_the_next_one_beside_it() {
    let mut labels = Labels::new(&[]);
    let (first, second) = (labels.place(&LINE, 100.0), labels.place(&LINE, 100.0));
    assert_eq!(first, (200.0, 200.0));
    assert!((first.1 - second.1).abs() >= 2.0 * HALF, "{second:?} is over the first");
}

#[test]
fn labels_of_many_lines_to_one_node_do_not_overlap_one_another_or_a_node() {
    let node = |x, y| Placed { id: String::new(), name: String::new(), layer: 0, x, y, width: 120.0 };
    let nodes: Vec<Placed> = (0..12).map(|row| node(0.0, f64::from(row) * 76.0)).chain([node(400.0, 400.0)]).collect();
    let mut labels = Labels::new(&nodes);
    for source in nodes.iter().take(12) {
        let (from, to) = (source.y + 20.0, 420.0);
        labels.place(&Curve([(120.0, from), (230.0, from), (290.0, to), (400.0, to)]), 90.0);
    }
    assert_eq!(labels.0.len(), 25);
    for (place, area) in labels.0.iter().enumerate() {
        let overlapping = labels.0.iter().skip(place + 1).find(|other| other.shared(area) > 0.0);
        assert_eq!(overlapping, None, "over {area:?}");
    }
}

#[test]
fn where_nothing_is_free_a_label_is_least_in_the_way() {
    let mut labels = Labels::new(&[]);
    let short = Curve([(0.0, 0.0), (1.0, 0.0), (2.0, 0.0), (3.0, 0.0)]);
    let first = labels.place(&short, 50.0);
    let second = labels.place(&short, 50.0);
    assert!((first.0 - second.0).abs() > 1.0, "{first:?} {second:?}");
}
