use super::*;
use crate::testing::delivery;

#[test]
fn a_delivery_is_seen_when_both_its_namespace_and_its_id_may_be() {
    let about = delivery("d1").about;
    let set = |names: &[&str]| Some(names.iter().map(|name| (*name).to_owned()).collect());
    let everything = Scope::everything();
    assert!(everything.shows(&about) && everything.shows_all());
    for (namespaces, deliveries, shown) in [
        (set(&["code-delivery", "x"]), None, true),
        (set(&["x"]), None, false),
        (None, set(&["d1"]), true),
        (set(&["x"]), set(&["d1"]), false),
        (set(&["code-delivery"]), set(&["d2"]), false),
        (None, set(&[]), false),
    ] {
        let scope = Scope { namespaces, deliveries, may_request: true };
        assert_eq!(scope.shows(&about), shown, "{scope:?}");
        assert!(!scope.shows_all());
    }
}
