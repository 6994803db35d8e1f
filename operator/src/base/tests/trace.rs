use delivery_api::DeliverySpec;

use super::*;

const UID: &str = "7d0c6a1e-0000-4000-8000-000000000001";
const GIVEN: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

fn delivery(annotation: &str) -> Delivery {
    let mut delivery = Delivery::new("primeiro", DeliverySpec::default());
    delivery.annotations_mut().insert(TRACEPARENT_ANNOTATION.to_owned(), annotation.to_owned());
    delivery
}

#[test]
fn a_valid_trace_is_kept_and_anything_else_is_replaced_by_a_stable_one() {
    assert_eq!(of(&delivery(GIVEN), UID), GIVEN);
    let derived = of(&delivery("<script>"), UID);
    assert!(is_valid(&derived), "{derived}");
    assert_eq!(derived, of(&delivery(""), UID));
    assert_ne!(derived, super::derived("another"));
}

#[test]
fn only_what_the_standard_allows_is_valid() {
    assert!(is_valid(GIVEN));
    for text in [
        "",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7",
        "01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
        "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
        "00-4bf92f3577b34da6a3ce929d0e0e47360-0f067aa0ba902b7-01",
    ] {
        assert!(!is_valid(text), "{text}");
    }
}
