use delivery_api::DeliverySpec;

use super::*;

#[test]
fn the_trace_is_the_one_that_the_delivery_came_with_or_follows_from_its_id() {
    let given = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    let mut delivery = Delivery::new("primeiro", DeliverySpec::default());
    delivery.metadata.uid = Some("7d0c6a1e-0000-4000-8000-000000000001".to_owned());
    let derived = TraceParent::derived("7d0c6a1e-0000-4000-8000-000000000001");
    assert_eq!(of(&delivery), derived);
    for (annotation, expected) in [(given, given.parse().unwrap()), ("<script>", derived)] {
        delivery.annotations_mut().insert(TRACEPARENT_ANNOTATION.to_owned(), annotation.to_owned());
        assert_eq!(of(&delivery), expected, "{annotation}");
    }
}

#[test]
fn no_trace_is_an_answer_with_the_possible_reasons() {
    let none = NoTrace { name: "primeiro".to_owned(), trace_id: "4bf9".to_owned() };
    assert!(none.is_answer() && none.to_string().starts_with("Jaeger has no trace 4bf9 of the Delivery primeiro."));
}
