//! Judges whether the pods are in the mesh: each has a proxy that is ready, or its node takes its traffic. Pure.

use k8s_openapi::api::core::v1::Pod;
use kube::ResourceExt;

use crate::base::output::counted;
use crate::check::finding::Finding;

/// The name of the proxy's container, native sidecar or not.
const PROXY: &str = "istio-proxy";
/// The label that keeps a pod out, or takes it in.
const INJECT: &str = "sidecar.istio.io/inject";
/// What an ambient mesh writes onto a pod whose traffic its node's proxy takes.
const REDIRECTION: &str = "ambient.istio.io/redirection";
/// The most pods that are named.
const NAMED: usize = 3;

/// How a pod is in the mesh.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Membership {
    /// With a proxy of its own.
    Sidecar {
        ready: bool,
    },
    /// Through the proxy of its node.
    Ambient,
    /// It is kept out on purpose.
    Excluded,
    Outside,
}

/// How a pod is in the mesh; `None` for one that has ended, or is ending.
pub(super) fn membership(pod: &Pod) -> Option<Membership> {
    let status = pod.status.as_ref();
    let phase = status.and_then(|status| status.phase.as_deref());
    if pod.metadata.deletion_timestamp.is_some() || matches!(phase, Some("Succeeded" | "Failed")) {
        return None;
    }
    let spec = pod.spec.as_ref();
    let first = spec.and_then(|spec| spec.init_containers.as_deref()).unwrap_or_default();
    let others = spec.map(|spec| spec.containers.as_slice()).unwrap_or_default();
    if first.iter().chain(others).any(|container| container.name == PROXY) {
        let first = status.and_then(|status| status.init_container_statuses.as_deref()).unwrap_or_default();
        let others = status.and_then(|status| status.container_statuses.as_deref()).unwrap_or_default();
        let ready = first.iter().chain(others).any(|container| container.name == PROXY && container.ready);
        return Some(Membership::Sidecar { ready });
    }
    if pod.annotations().get(REDIRECTION).is_some_and(|state| state == "enabled") {
        return Some(Membership::Ambient);
    }
    let is_excluded = pod.labels().get(INJECT).is_some_and(|inject| inject == "false");
    Some(if is_excluded { Membership::Excluded } else { Membership::Outside })
}

/// The names by which istiod knows the proxies of these pods.
pub(super) fn names(pods: &[Pod]) -> Vec<String> {
    let with_proxy = pods.iter().filter(|pod| matches!(membership(pod), Some(Membership::Sidecar { .. })));
    with_proxy.map(|pod| format!("{}.{}", pod.name_any(), pod.namespace().unwrap_or_default())).collect()
}

/// Judges the pods of an installation.
pub(super) fn judge(pods: &[Pod]) -> Vec<Finding> {
    let having = |wanted: fn(Membership) -> bool| -> Vec<&Pod> {
        pods.iter().filter(|pod| membership(pod).is_some_and(wanted)).collect()
    };
    let outside = having(|found| found == Membership::Outside);
    let unready = having(|found| found == Membership::Sidecar { ready: false });
    let excluded = having(|found| found == Membership::Excluded);
    let right = having(|found| matches!(found, Membership::Sidecar { ready: true } | Membership::Ambient));
    let mut findings = Vec::new();
    if !outside.is_empty() {
        findings.push(Finding::wrong(
            format!("{} not in the mesh: {}.", count(&outside, "pod is", "pods are"), listed(&outside)),
            "They were created before injection was on, or their namespace lacks its label: see kubectl get namespaces --show-labels, and \
             restart them.",
        ));
    }
    if !unready.is_empty() {
        let (namespace, name) = unready.first().map(|pod| (pod.namespace(), pod.name_any())).unwrap_or_default();
        let namespace = namespace.unwrap_or_default();
        findings.push(Finding::wrong(
            format!("The proxy of {} not ready: {}.", count(&unready, "pod is", "pods is"), listed(&unready)),
            format!("See kubectl logs --namespace {namespace} {name} --container {PROXY}, and whether istiod runs."),
        ));
    }
    if !excluded.is_empty() {
        findings.push(Finding::skipped(format!(
            "{} kept out of the mesh by the label {INJECT}: {}.",
            count(&excluded, "pod is", "pods are"),
            listed(&excluded)
        )));
    }
    if !right.is_empty() {
        findings.push(Finding::right(format!("{} in the mesh, and ready.", count(&right, "pod is", "pods are"))));
    }
    findings
}

fn count(pods: &[&Pod], one: &str, many: &str) -> String {
    counted(u64::try_from(pods.len()).unwrap_or(u64::MAX), one, many)
}

fn listed(pods: &[&Pod]) -> String {
    let named: Vec<_> = pods.iter().take(NAMED).map(|pod| pod.name_any()).collect();
    let more = pods.len().saturating_sub(NAMED);
    let named = named.join(", ");
    if more == 0 { named } else { format!("{named} and {more} more") }
}

#[cfg(test)]
#[path = "tests/proxies.rs"]
mod tests;
