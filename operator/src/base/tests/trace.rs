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
fn the_log_names_a_trace_by_its_id() {
    assert_eq!(id(GIVEN), "4bf92f3577b34da6a3ce929d0e0e4736");
    assert_eq!(id("<script>"), "");
}
