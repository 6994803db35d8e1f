use super::*;

#[test]
fn the_ids_are_those_that_the_service_of_notifications_derives() {
    let purchase = "7d0c2c56-6a43-4c1a-9df1-2b8f1d0e0001";
    assert_eq!(notification(purchase, "approved"), "a7329ec7-210b-84c9-b515-261ee1a765cc");
    assert_eq!(notification(purchase, "accepted"), "c07a68e4-5893-843d-b71e-4bf8a3f8951f");
}
