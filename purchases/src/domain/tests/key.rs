use super::*;

#[test]
fn the_same_key_is_the_same_purchase_and_another_is_another() {
    let id = |key: &str| IdempotencyKey::read(key.as_bytes()).unwrap().purchase_id();
    assert_eq!(id("7"), id("7"));
    assert_ne!(id("7"), id("8"));
    assert_eq!(uuid::Uuid::parse_str(&id("7")).unwrap().get_version_num(), 8);
}

#[test]
fn a_key_has_1_to_128_visible_characters() {
    assert!(IdempotencyKey::read("k".repeat(128).as_bytes()).is_ok());
    for key in [&b""[..], b"k\n", b" k", b"k ", "é".as_bytes(), b"\xff", "k".repeat(129).as_bytes()] {
        assert_eq!(IdempotencyKey::read(key), Err(InvalidKey), "{key:?}");
    }
}
