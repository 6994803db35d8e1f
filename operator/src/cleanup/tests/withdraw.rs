use super::*;

fn route(status: &str) -> GuardedRoute {
    serde_yaml::from_str(&format!(
        "{{ apiVersion: codedelivery.dev/v1alpha1, kind: DeliveryRoute, metadata: {{ name: primeiro, namespace: shop, generation: 2 }}, spec: {{ path: [[0, 0], [0, 1]] }}{status} }}"
    ))
    .unwrap()
}

#[test]
fn only_the_current_revision_of_a_route_is_offered() {
    let cases = [
        (", status: { observedGeneration: 2, revision: b }", [false, true]),
        (", status: { observedGeneration: 2 }", [false, false]),
        (", status: { observedGeneration: 1, revision: a }", [true, true]),
        ("", [true, true]),
    ];
    for (status, expected) in cases {
        let offered = Offered::from([(("shop".to_owned(), "primeiro".to_owned()), offer(&route(status)))]);
        let found = ["shop/primeiro@a", "shop/primeiro@b"].map(|key| is_offered(&offered, key));
        assert_eq!(found, expected, "{status}");
        assert!(!is_offered(&offered, "shop/segundo@a"), "a route that was deleted");
    }
}
