use super::*;

#[test]
fn a_derived_id_is_a_uuid_of_version_8_and_always_the_same() {
    let id = NotificationId::derived("7d0c2c56-6a43-4c1a-9df1-2b8f1d0e0001/approved");
    assert_eq!(id, NotificationId::derived("7d0c2c56-6a43-4c1a-9df1-2b8f1d0e0001/approved"));
    assert_ne!(id, NotificationId::derived("7d0c2c56-6a43-4c1a-9df1-2b8f1d0e0001/finished"));
    assert_eq!(id.0.get_version_num(), 8);
    assert_eq!(NotificationId::read("id", &id.to_string()), Ok(id));
}

#[test]
fn the_same_key_is_the_same_id_and_a_key_that_is_none_is_refused() {
    assert_eq!(NotificationId::of_key("7"), NotificationId::of_key("7"));
    assert_ne!(NotificationId::of_key("7"), NotificationId::of_key("8"));
    for wrong in [String::new(), "x".repeat(129), "a\nb".into(), "é".into()] {
        assert_eq!(NotificationId::of_key(&wrong), Err(Invalid::IdempotencyKey), "{wrong:?}");
    }
}

#[test]
fn only_a_uuid_with_hyphens_is_an_id_and_its_letters_may_be_large() {
    let id = RecipientId::read("recipientId", "C1D7A3F0-54F4-8A1B-9A6E-3F1B2C3D0001").unwrap();
    assert_eq!(id.to_string(), "c1d7a3f0-54f4-8a1b-9a6e-3f1b2c3d0001");
    for wrong in [
        "",
        "7",
        "c1d7a3f054f48a1b9a6e3f1b2c3d0001",
        "{c1d7a3f0-54f4-8a1b-9a6e-3f1b2c3d0001}",
        "c1d7a3f0-54f4-8a1b-9a6e-3f1b2c3d000é",
    ] {
        assert!(!is_uuid(wrong), "{wrong}");
        let error = RecipientId::read("recipientId", wrong).unwrap_err();
        assert_eq!(error.reason(), "InvalidId");
        assert!(error.to_string().contains("recipientId"), "{error}");
    }
    let long = RecipientId::read("recipientId", &"x".repeat(10_000)).unwrap_err().to_string();
    assert!(long.len() < 300, "{long}");
}
