use super::spread;

#[test]
fn a_spread_is_the_median_between_the_ends() {
    assert_eq!(spread(vec![3.0, 1.0, 2.0], 1), "2.0 (1.0–3.0)");
    assert_eq!(spread(vec![4.0, 1.0], 2), "2.50 (1.00–4.00)");
    assert_eq!(spread(Vec::new(), 0), "-");
}
