//! Judges the policies of a mesh: mutual TLS is demanded, and nothing is allowed that no policy names. Pure.

use kube::ResourceExt;
use kube::api::DynamicObject;
use serde_json::Value;

use crate::base::output::counted;
use crate::check::finding::Finding;

/// The port of health and metrics, which is open to a Prometheus without an identity.
const METRICS_PORT: &str = "9090";
const WAY_OUT: &str = "Upgrade the chart with mesh.enabled=true, or apply the objects in istio/ of this release.";

/// Judges the `PeerAuthentications` of a namespace and of the mesh's root namespace.
pub(super) fn mutual_tls(namespace: &str, own: &[DynamicObject], root: &[DynamicObject]) -> Vec<Finding> {
    let whole = |policies: &[DynamicObject]| {
        let found = policies.iter().find(|policy| policy.data.pointer("/spec/selector").is_none())?;
        Some((found.name_any(), mode(found.data.pointer("/spec/mtls"))?.to_owned()))
    };
    let main = match whole(own).or_else(|| whole(root)) {
        Some((name, mode)) if mode == "STRICT" => Finding::right(format!(
            "Mutual TLS is demanded in the namespace {namespace}: its PeerAuthentication {name} is STRICT."
        )),
        Some((name, mode)) => Finding::wrong(
            format!(
                "Mutual TLS is not demanded in the namespace {namespace}: the PeerAuthentication {name} is {mode}."
            ),
            WAY_OUT,
        ),
        None => Finding::wrong(
            format!("Mutual TLS is not demanded in the namespace {namespace}: no PeerAuthentication is about it."),
            WAY_OUT,
        ),
    };
    std::iter::once(main).chain(own.iter().filter_map(exception)).collect()
}

/// What a policy takes out.
fn exception(policy: &DynamicObject) -> Option<Finding> {
    let lax = |mtls: &Value| mode(Some(mtls)).is_some_and(|mode| mode != "STRICT");
    let name = policy.name_any();
    let is_narrow = policy.data.pointer("/spec/selector").is_some();
    if is_narrow && policy.data.pointer("/spec/mtls").is_some_and(lax) {
        return Some(Finding::warning(
            format!("The PeerAuthentication {name} lets some pods take plain text."),
            format!("See kubectl describe peerauthentication {name}."),
        ));
    }
    let ports = policy.data.pointer("/spec/portLevelMtls").and_then(Value::as_object);
    let open = ports.into_iter().flatten().filter(|(port, mtls)| *port != METRICS_PORT && lax(mtls));
    let open: Vec<_> = open.map(|(port, _)| port.as_str()).collect();
    (!open.is_empty()).then(|| {
        Finding::warning(
            format!("The PeerAuthentication {name} lets pods take plain text on: {}.", open.join(", ")),
            format!("See kubectl describe peerauthentication {name}."),
        )
    })
}

/// A mode that says something.
fn mode(mtls: Option<&Value>) -> Option<&str> {
    mtls?.get("mode")?.as_str().filter(|mode| *mode != "UNSET")
}

/// Judges the `AuthorizationPolicies` of a namespace.
pub(super) fn authorization(namespace: &str, policies: &[DynamicObject]) -> Finding {
    let allows = |policy: &&DynamicObject| {
        let action = policy.data.pointer("/spec/action").and_then(Value::as_str);
        action.is_none_or(|action| action == "ALLOW")
    };
    let rules = |policy: &DynamicObject| {
        policy.data.pointer("/spec/rules").and_then(Value::as_array).is_some_and(|rules| !rules.is_empty())
    };
    let is_whole = |policy: &DynamicObject| {
        let bound = |field: &str| policy.data.pointer(field).is_some();
        !bound("/spec/selector") && !bound("/spec/targetRefs") && !bound("/spec/targetRef")
    };
    let deny = policies.iter().filter(allows).find(|policy| is_whole(policy) && !rules(policy));
    let allowing = policies.iter().filter(allows).filter(|policy| rules(policy)).count();
    match (deny, u64::try_from(allowing).unwrap_or(u64::MAX)) {
        (None, _) => Finding::wrong(
            format!("The namespace {namespace} does not deny by default: it has no AuthorizationPolicy without rules."),
            WAY_OUT,
        ),
        (Some(_), 0) => Finding::wrong(
            format!("The namespace {namespace} denies everything: no AuthorizationPolicy of it allows anything."),
            WAY_OUT,
        ),
        (Some(deny), count) => Finding::right(format!(
            "The namespace {namespace} denies by default (AuthorizationPolicy {}); {} what is needed.",
            deny.name_any(),
            counted(count, "policy allows", "policies allow")
        )),
    }
}

#[cfg(test)]
#[path = "tests/policies.rs"]
mod tests;
