use super::*;

fn annotated(route: &str) -> Service {
    let text = format!(
        "{{metadata: {{name: gateway, annotations: {{codedelivery.dev/kubectl-service: '{route}'}}}}, spec: {{ports: [{{port: 8080}}]}}}}"
    );
    serde_yaml::from_str(&text).unwrap()
}

#[test]
fn a_service_may_name_the_meshs_gateway_as_the_way_to_it() {
    assert_eq!(other_way(&annotated("shop-ingress-istio:80")), Some(("shop-ingress-istio", 80)));
    assert_eq!(other_way(&annotated("shop-ingress-istio")), None, "an annotation without a port is nobody's");
    assert_eq!(other_way(&annotated("shop-ingress-istio:http")), None);
    let plain: Service = serde_yaml::from_str("{metadata: {name: gateway}, spec: {ports: [{port: 8080}]}}").unwrap();
    assert_eq!(other_way(&plain), None);
    assert_eq!(port(&plain), Some(8080));
}
