use super::*;
use crate::check::finding::Verdict;

fn pod(name: &str, text: &str) -> Pod {
    serde_yaml::from_str(&format!("{{ metadata: {{ name: {name}, namespace: shop {text} }}")).unwrap()
}

/// A pod with a native sidecar.
fn native(name: &str, ready: bool) -> Pod {
    pod(
        name,
        &format!(
            "}}, spec: {{ initContainers: [{{ name: istio-proxy, restartPolicy: Always }}], containers: [{{ name: gateway }}] }},
             status: {{ phase: Running, initContainerStatuses: [{{ name: istio-proxy, ready: {ready}, restartCount: 0, image: a, imageID: a }}] }}"
        ),
    )
}

#[test]
fn a_pod_is_in_the_mesh_by_its_proxy_or_by_its_nodes() {
    assert_eq!(membership(&native("a", true)), Some(Membership::Sidecar { ready: true }));
    let older = "}, spec: { containers: [{ name: gateway }, { name: istio-proxy }] }, status: { phase: Running, containerStatuses: [{ name: istio-proxy, ready: true, restartCount: 0, image: a, imageID: a }]}";
    assert_eq!(membership(&pod("b", older)), Some(Membership::Sidecar { ready: true }));
    let ambient = ", annotations: { ambient.istio.io/redirection: enabled } }, spec: { containers: [] }";
    assert_eq!(membership(&pod("c", ambient)), Some(Membership::Ambient));
    let excluded = ", labels: { sidecar.istio.io/inject: 'false' } }, spec: { containers: [] }";
    assert_eq!(membership(&pod("d", excluded)), Some(Membership::Excluded));
    assert_eq!(membership(&pod("e", "}, spec: { containers: [] }")), Some(Membership::Outside));
    assert_eq!(membership(&pod("f", "}, status: { phase: Succeeded }")), None, "it has ended");
}

#[test]
fn pods_outside_and_proxies_that_are_not_ready_are_wrong_and_named() {
    let outside: Vec<Pod> = ["a", "b", "c", "d"].map(|name| pod(name, "}, spec: { containers: [] }")).into();
    let found = judge(&outside);
    assert_eq!((found.len(), found[0].result), (1, Verdict::Wrong));
    assert_eq!(found[0].message, "4 pods are not in the mesh: a, b, c and 1 more.");
    let found = judge(&[native("gateway-a", false), native("gateway-b", true)]);
    assert_eq!((found[0].result, found[1].result), (Verdict::Wrong, Verdict::Right));
    assert!(found[0].message.contains("not ready: gateway-a."), "{}", found[0].message);
    assert!(found[0].way_out.as_ref().unwrap().contains("--namespace shop gateway-a --container istio-proxy"));
    assert_eq!(found[1].message, "1 pod is in the mesh, and ready.");
}

#[test]
fn istiod_knows_a_proxy_by_its_pod_and_namespace() {
    assert_eq!(names(&[native("gateway-a", true), pod("e", "}, spec: { containers: [] }")]), ["gateway-a.shop"]);
}
