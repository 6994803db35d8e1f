//! What the pods of all components have in common, for the tests of each.

use serde_json::{Value, json};

use crate::render::of_component;

/// Holds a pod to the restricted Pod Security Standard, and its programs to a file system that they cannot write.
#[track_caller]
pub(crate) fn assert_restricted(pod: &Value) {
    let security = &pod["spec"]["securityContext"];
    assert_eq!(security["runAsNonRoot"], true, "{pod}");
    assert_eq!(security["seccompProfile"]["type"], "RuntimeDefault", "{pod}");
    for container in pod["spec"]["containers"].as_array().unwrap() {
        let security = &container["securityContext"];
        assert_eq!(security["allowPrivilegeEscalation"], false, "{container}");
        assert_eq!(security["readOnlyRootFilesystem"], true, "{container}");
        assert_eq!(security["capabilities"], json!({"drop": ["ALL"]}), "{container}");
    }
}

/// The pod of a component. It is restricted, found by its own labels, probed, and limited in memory.
#[track_caller]
pub(crate) fn assert_pod<'a>(objects: &'a [Value], component: &str, version: &str) -> &'a Value {
    let deployment = of_component(objects, "Deployment", component).next().unwrap();
    let pod = &deployment["spec"]["template"];
    assert_restricted(pod);
    let labels = &pod["metadata"]["labels"];
    assert_eq!(labels["app.kubernetes.io/name"], format!("code-delivery-{component}"));
    assert_eq!(labels["app.kubernetes.io/version"], version);
    assert_eq!(labels["app.kubernetes.io/part-of"], "code-delivery", "the PodMonitor finds it");
    let selector = deployment["spec"]["selector"]["matchLabels"].as_object().unwrap();
    assert!(selector.len() == 2 && selector.iter().all(|(key, value)| &labels[key] == value), "{selector:?}");
    let container = &pod["spec"]["containers"][0];
    assert_eq!(container["livenessProbe"]["httpGet"]["path"], "/livez");
    assert_eq!(container["readinessProbe"]["httpGet"]["path"], "/readyz");
    assert!(container["resources"]["limits"]["memory"].is_string());
    pod
}
