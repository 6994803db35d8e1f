use super::*;
use crate::check::finding::Verdict;

fn object(kind: &str, status: &str) -> DynamicObject {
    let text = format!(
        "{{ apiVersion: gateway.networking.k8s.io/v1, kind: {kind}, metadata: {{ name: map, namespace: shop }}, status: {status} }}"
    );
    serde_yaml::from_str(&text).unwrap()
}

fn accepted(resolved: &str) -> DynamicObject {
    let conditions = format!("[{{ type: Accepted, status: 'True' }}, {{ type: ResolvedRefs, {resolved} }}]");
    object("HTTPRoute", &format!("{{ parents: [{{ conditions: {conditions} }}] }}"))
}

#[test]
fn what_is_programmed_and_accepted_is_right() {
    let gateway =
        object("Gateway", "{ conditions: [{ type: Accepted, status: 'True' }, { type: Programmed, status: 'True' }] }");
    let found = judge(&[gateway], &[accepted("status: 'True'")]);
    assert!(found.iter().all(|one| one.result == Verdict::Right), "{found:?}");
    assert_eq!(found.len(), 2);
}

#[test]
fn what_its_controller_refuses_is_wrong_in_the_controllers_words() {
    let unresolved =
        accepted("status: 'False', reason: BackendNotFound, message: 'backend(code-delivery-gateway) not found.'");
    let gateway = object(
        "Gateway",
        "{ conditions: [{ type: Accepted, status: 'True' }, { type: Programmed, status: Unknown, reason: Pending }] }",
    );
    let found = judge(&[gateway], &[unresolved]);
    assert_eq!(found[0].message, "The Gateway map is not programmed: Programmed is Unknown, Pending.");
    assert_eq!(
        found[1].message,
        "The HTTPRoute map does not lead to its services: ResolvedRefs is False, backend(code-delivery-gateway) not found."
    );
    assert!(found[1].way_out.as_ref().unwrap().contains("kubectl describe httproute --namespace shop map"));
}

#[test]
fn what_no_controller_has_looked_at_is_wrong() {
    let found = judge(&[object("Gateway", "{}")], &[object("HTTPRoute", "{}")]);
    assert!(found.iter().all(|one| one.result == Verdict::Wrong && one.way_out.is_some()), "{found:?}");
}
