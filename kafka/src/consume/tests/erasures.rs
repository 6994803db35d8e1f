use super::*;

const ID: &str = "bb4c2658-f93b-8cd3-ba20-ac6eeb66555c";

#[test]
fn a_record_says_who_is_to_be_forgotten_up_to_when() {
    let read = erasure(Some(ID.to_uppercase().as_bytes()), Some(br#"{"erasedAt":7,"later":"field"}"#), Some(9), 9);
    assert_eq!(read.unwrap(), Some(Erasure { customer_id: ID.to_owned(), erased_at: 7 }));
}

#[test]
fn what_takes_a_customer_off_the_list_or_names_nobody_is_passed_over() {
    assert_eq!(erasure(Some(ID.as_bytes()), None, None, 9).unwrap(), None);
    assert_eq!(erasure(None, Some(br#"{"erasedAt":7}"#), None, 9).unwrap(), None);
    assert_eq!(erasure(Some(b"\xff"), Some(br#"{"erasedAt":7}"#), None, 9).unwrap(), None);
}

#[test]
fn what_is_no_erasure_is_named() {
    let error = erasure(Some(ID.as_bytes()), Some(b"{}"), None, 9).unwrap_err();
    assert!(error.to_string().contains("customer.erased"), "{error}");
}

#[test]
fn a_clock_that_is_ahead_erases_nothing_that_comes_later() {
    let (now, ahead) = (1_796_018_000_000, br#"{"erasedAt":4000000000000}"#);
    let read = erasure(Some(ID.as_bytes()), Some(ahead), Some(now), now);
    assert_eq!(read.unwrap().unwrap().erased_at, now);
}

#[test]
fn a_broker_whose_clock_was_put_back_leaves_nothing_behind() {
    let (now, sixty_days) = (1_796_018_000_000, 60 * 86_400_000);
    let read = erasure(Some(ID.as_bytes()), Some(br#"{"erasedAt":1796017999000}"#), Some(now - sixty_days), now);
    assert_eq!(read.unwrap().unwrap().erased_at, now - 1_000);
}
