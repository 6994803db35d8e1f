use super::*;

const ID: &str = "bb4c2658-f93b-8cd3-ba20-ac6eeb66555c";

#[test]
fn a_record_says_who_is_to_be_forgotten_up_to_when() {
    let read = erasure(Some(ID.to_uppercase().as_bytes()), Some(br#"{"erasedAt":7,"later":"field"}"#), Some(9));
    assert_eq!(read.unwrap(), Some(Erasure { customer_id: ID.to_owned(), erased_at: 7 }));
}

#[test]
fn what_takes_a_customer_off_the_list_or_names_nobody_is_passed_over() {
    assert_eq!(erasure(Some(ID.as_bytes()), None, None).unwrap(), None);
    assert_eq!(erasure(None, Some(br#"{"erasedAt":7}"#), None).unwrap(), None);
    assert_eq!(erasure(Some(b"\xff"), Some(br#"{"erasedAt":7}"#), None).unwrap(), None);
}

#[test]
fn what_is_no_erasure_is_named() {
    let error = erasure(Some(ID.as_bytes()), Some(b"{}"), None).unwrap_err();
    assert!(error.to_string().contains("customer.erased"), "{error}");
}

#[test]
fn a_clock_that_is_ahead_erases_nothing_that_comes_later() {
    let read = erasure(Some(ID.as_bytes()), Some(br#"{"erasedAt":4000000000000}"#), Some(1_796_018_000_000));
    assert_eq!(read.unwrap().unwrap().erased_at, 1_796_018_000_000);
}
