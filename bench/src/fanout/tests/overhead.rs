use super::*;

#[test]
fn the_cost_is_what_is_delivered_less_and_negative_if_it_is_more() {
    let rounded = |with, without| format!("{:.1}", cost(with, without));
    assert_eq!(rounded(97.0, 100.0), "3.0");
    assert_eq!(rounded(100.0, 100.0), "0.0");
    assert_eq!(rounded(102.0, 100.0), "-2.0");
}
