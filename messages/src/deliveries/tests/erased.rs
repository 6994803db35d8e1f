use super::*;

#[test]
fn an_id_is_erased_until_it_is_taken_off_the_list() {
    let mut ids = ErasedIds::default();
    assert!(ids.take("d1", true));
    assert!(!ids.take("d1", true), "nothing new");
    assert!(ids.contains("d1") && ids.contains_hash(hash("d1")) && !ids.contains("d2"));
    assert!(!ids.take("d1", false));
    assert!(ids.is_empty() && !ids.contains("d1"));
}

#[test]
fn a_record_holds_nothing_but_when_and_what() {
    let value = serde_json::to_value(Erased { erased_at: 7, of: Of::Request }).unwrap();
    assert_eq!(value, serde_json::json!({"erasedAt": 7, "of": "request"}));
    let short: Erased = serde_json::from_str(r#"{"erasedAt":7}"#).unwrap();
    assert_eq!(short.of, Of::Delivery);
}
