use super::*;
use crate::check::finding::Verdict;

fn policy(name: &str, spec: &str) -> DynamicObject {
    let text = format!("{{ apiVersion: security.istio.io/v1, kind: Any, metadata: {{ name: {name} }}, spec: {spec} }}");
    serde_yaml::from_str(&text).unwrap()
}

#[test]
fn strict_is_right_whether_the_namespace_or_the_mesh_demands_it() {
    let strict = [policy("default", "{ mtls: { mode: STRICT } }")];
    for found in [mutual_tls("shop", &strict, &[]), mutual_tls("shop", &[], &strict)] {
        assert_eq!((found.len(), found[0].result), (1, Verdict::Right));
        assert!(found[0].message.contains("PeerAuthentication default is STRICT"), "{}", found[0].message);
    }
}

#[test]
fn anything_else_is_wrong_and_the_namespace_overrules_the_mesh() {
    let strict = [policy("default", "{ mtls: { mode: STRICT } }")];
    let open = [policy("open", "{ mtls: { mode: PERMISSIVE } }")];
    let unset = [policy("unset", "{ mtls: { mode: UNSET } }")];
    assert_eq!(mutual_tls("shop", &[], &[])[0].result, Verdict::Wrong);
    assert!(mutual_tls("shop", &open, &strict)[0].message.contains("open is PERMISSIVE"));
    assert_eq!(mutual_tls("shop", &unset, &strict)[0].result, Verdict::Right);
}

#[test]
fn an_exception_is_a_warning_except_for_the_port_of_metrics() {
    let strict = "mtls: { mode: STRICT }";
    let own = [
        policy("default", &format!("{{ {strict} }}")),
        policy(
            "metrics",
            &format!("{{ selector: {{}}, {strict}, portLevelMtls: {{ '9090': {{ mode: PERMISSIVE }} }} }}"),
        ),
    ];
    assert_eq!(mutual_tls("shop", &own, &[]).len(), 1);
    let lax = [
        policy("default", &format!("{{ {strict} }}")),
        policy("port", &format!("{{ selector: {{}}, {strict}, portLevelMtls: {{ '8080': {{ mode: DISABLE }} }} }}")),
        policy("pods", "{ selector: {}, mtls: { mode: PERMISSIVE } }"),
    ];
    let found = mutual_tls("shop", &lax, &[]);
    assert_eq!(
        found.iter().map(|one| one.result).collect::<Vec<_>>(),
        [Verdict::Right, Verdict::Warning, Verdict::Warning]
    );
    assert!(found[1].message.contains("port lets pods take plain text on: 8080."), "{}", found[1].message);
}

#[test]
fn nothing_is_allowed_by_default_and_something_is_allowed() {
    let deny = policy("default-deny", "{}");
    let allow = policy("gateway", "{ selector: {}, rules: [{ to: [] }] }");
    let narrow = policy("simulators", "{ selector: {} }");
    let forbid = policy("forbid", "{ action: DENY, rules: [{}] }");
    let right = authorization("shop", &[deny.clone(), allow.clone(), forbid.clone()]);
    assert_eq!(right.result, Verdict::Right);
    assert!(right.message.contains("(AuthorizationPolicy default-deny); 1 policy allows"), "{}", right.message);
    assert_eq!(authorization("shop", &[allow, narrow, forbid]).result, Verdict::Wrong, "only some pods are denied");
    assert_eq!(authorization("shop", &[deny]).result, Verdict::Wrong, "nothing is allowed");
    assert_eq!(authorization("shop", &[]).result, Verdict::Wrong);
}
