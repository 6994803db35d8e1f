use serde_json::json;

use super::*;

#[test]
fn a_group_has_read_all_when_it_has_members_and_no_lag() {
    let groups = |members: u64, lag: u64| {
        json!({"groups": [
            {"group": "sales", "members": 1, "lag": 0},
            {"group": "x-code-delivery-notifications-projector", "members": members, "lag": lag},
        ]})
    };
    assert!(has_read_all(&groups(2, 0), NEWS));
    assert!(!has_read_all(&groups(2, 7), NEWS));
    assert!(!has_read_all(&groups(0, 0), NEWS), "before it has come back");
    assert!(!has_read_all(&json!({"groups": []}), NEWS));
}
