use super::*;

#[test]
fn a_route_has_so_many_points_and_none_twice_in_a_row() {
    let path = path(300, 2);
    assert_eq!(path.len(), 300);
    assert!(path.windows(2).all(|pair| pair[0].map(f64::to_bits) != pair[1].map(f64::to_bits)));
}
