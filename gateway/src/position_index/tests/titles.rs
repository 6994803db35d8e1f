use crate::position_index::testing::titles;

#[test]
fn a_route_that_is_gone_is_called_by_its_id() {
    let titles = titles();
    assert_eq!(titles.of_revision("code-delivery/1@0123456789ab", "1"), "Primeiro");
    assert_eq!(titles.of_revision("code-delivery/1@ffffffffffff", "1"), "Primeiro");
    assert_eq!(titles.of_revision("code-delivery/7@ffffffffffff", "7"), "7");
    let path = "delivery/own-path";
    assert_eq!(titles.of_revision("code-delivery/own-path@ffffffffffff", path), "own-path", "as it was on the way");
}
