use delivery_api::names::{MAX_DELIVERY_NAME, MAX_ROUTE_NAME};

use super::*;

#[test]
fn the_longest_names_fit_in_63_characters() {
    assert_eq!(pod(&"d".repeat(MAX_DELIVERY_NAME), "uid", 1).len(), 63);
    assert_eq!(requested_delivery(&"r".repeat(MAX_ROUTE_NAME), "request", 0).len(), MAX_DELIVERY_NAME);
}

#[test]
fn another_attempt_another_object_and_another_request_have_other_names() {
    assert_eq!(pod("primeiro", "u1", 1), pod("primeiro", "u1", 1));
    assert_ne!(pod("primeiro", "u1", 1), pod("primeiro", "u1", 2));
    assert_ne!(pod("primeiro", "u1", 1), pod("primeiro", "u2", 1));
    assert_ne!(requested_delivery("primeiro", "a", 0), requested_delivery("primeiro", "b", 0));
    assert_ne!(requested_delivery("primeiro", "a", 0), requested_delivery("primeiro", "a", 1));
}
