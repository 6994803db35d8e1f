use super::*;

fn service(port: &str) -> Service {
    serde_yaml::from_str(&format!("{{metadata: {{name: gateway}}, spec: {{ports: [{{port: 80{port}}}]}}}}")).unwrap()
}

fn pod(name: &str, ready: &str, further: &str) -> Pod {
    let text = format!(
        "
metadata: {{name: {name}{further}}}
spec: {{containers: [{{name: a, ports: [{{name: metrics, containerPort: 9090}}, {{name: http-ws, containerPort: 8080}}]}}]}}
status: {{conditions: [{{type: Ready, status: '{ready}'}}]}}
"
    );
    serde_yaml::from_str(&text).unwrap()
}

#[test]
fn a_pod_that_is_ready_is_chosen_with_the_port_behind_the_service() {
    let ending = ", deletionTimestamp: '2026-11-22T10:00:00Z'";
    let pods =
        [pod("starting", "False", ""), pod("ending", "True", ending), pod("ready", "True", ""), pod("too", "True", "")];
    let found = |port: &str| target(&service(port), &pods).map(|target| (target.pod, target.port));
    assert_eq!(found(", targetPort: http-ws"), Some(("ready".to_owned(), 8080)));
    assert_eq!(found(", targetPort: 7000"), Some(("ready".to_owned(), 7000)));
    assert_eq!(found(""), Some(("ready".to_owned(), 80)));
    assert_eq!(found(", targetPort: unknown"), None);
    assert_eq!(target(&service(""), &pods[..2]), None, "none is ready");
}
