//! Which gateway the map is taken from: a pod that is ready, and its port behind the Service. Pure.

use k8s_openapi::api::core::v1::{Pod, Service};
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;
use kube::ResourceExt;

/// A pod and its port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Target {
    pub(crate) pod: String,
    pub(crate) port: u16,
}

/// The first pod that is ready and not ending, with the port that the Service's first port leads to.
pub(crate) fn target(service: &Service, pods: &[Pod]) -> Option<Target> {
    let port = service.spec.as_ref()?.ports.as_ref()?.first()?;
    let number = |pod: &Pod| match &port.target_port {
        Some(IntOrString::Int(number)) => Some(*number),
        Some(IntOrString::String(name)) => named(pod, name),
        None => Some(port.port),
    };
    pods.iter().filter(|pod| is_ready(pod)).find_map(|pod| {
        let port = u16::try_from(number(pod)?).ok()?;
        Some(Target { pod: pod.name_any(), port })
    })
}

fn named(pod: &Pod, name: &str) -> Option<i32> {
    let containers = &pod.spec.as_ref()?.containers;
    let mut ports = containers.iter().filter_map(|container| container.ports.as_ref()).flatten();
    ports.find(|port| port.name.as_deref() == Some(name)).map(|port| port.container_port)
}

fn is_ready(pod: &Pod) -> bool {
    let conditions = pod.status.iter().filter_map(|status| status.conditions.as_ref()).flatten();
    let mut ready = conditions.filter(|condition| condition.type_ == "Ready");
    pod.metadata.deletion_timestamp.is_none() && ready.any(|condition| condition.status == "True")
}

#[cfg(test)]
#[path = "tests/target.rs"]
mod tests;
