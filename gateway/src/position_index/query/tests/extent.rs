use super::*;
use crate::position_index::testing::found;

#[test]
fn what_there_is_is_told_and_an_empty_index_has_no_times() {
    let positions =
        found(7, &[], &json!({"oldest": {"value": 1.795_341_6e12}, "newest": {"value": 1_795_341_600_500_u64}}));
    let told = serde_json::to_value(answer(&positions, &found(2, &[], &json!({})))).unwrap();
    let expected =
        json!({"positions": 7, "deliveries": 2, "oldest": 1_795_341_600_000_u64, "newest": 1_795_341_600_500_u64});
    assert_eq!(told, expected);
    let nothing = serde_json::to_value(answer(&SearchResponse::default(), &SearchResponse::default())).unwrap();
    assert_eq!(nothing, json!({"positions": 0, "deliveries": 0, "oldest": null, "newest": null}));
}
