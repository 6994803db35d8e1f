use serde_json::json;

use super::*;

#[test]
fn only_the_couriers_deliveries_of_a_page_are_used() {
    let page = json!({"deliveries": [
        {"deliveryId": "a", "name": "primeiro", "namespace": "shop", "courier": "ana"},
        {"deliveryId": "b", "courier": "rui"},
        {"courier": "ana"},
    ]});
    let found = listed(&page, FoundIn::DeliveryStore, "ana");
    let [Found::Delivery(delivery)] = found.as_slice() else { panic!("{found:?}") };
    assert_eq!((delivery.delivery_id.as_str(), delivery.name.as_deref()), ("a", Some("primeiro")));
    assert_eq!(listed(&json!({}), FoundIn::PositionIndex, ""), []);
}
