use super::*;
use crate::testing;

#[test]
fn each_form_is_encoded_once_and_its_weight_is_no_less_than_its_size() {
    let delivery = testing::delivery("c2f1a0de-0000-4000-8000-123456789abc");
    let fix = Fix { seq: u64::MAX, at: Millis::MAX, ..testing::fix(3, [-147.929_230_1, -15.825_940_1]) };
    let moved = EncodedPosition::new(&delivery, fix, None);
    assert_eq!(moved.data().as_ptr(), moved.data().as_ptr());
    let data: serde_json::Value = serde_json::from_str(moved.data()).unwrap();
    assert_eq!(data["deliveryId"], delivery.about.delivery_id);
    let frame: serde_json::Value = serde_json::from_slice(&moved.frame().concat()).unwrap();
    assert_eq!(frame, serde_json::json!({"event": "new-position", "data": data}));
    assert!(
        moved.weight() >= size_of::<EncodedPosition>() + moved.frame().concat().len(),
        "{}: {data}",
        moved.weight()
    );
}
