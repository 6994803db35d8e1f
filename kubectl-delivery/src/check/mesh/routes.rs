//! Judges the routes and gateways of the Gateway API, by what their controller writes into their status. Pure.

use kube::ResourceExt;
use kube::api::DynamicObject;
use serde_json::Value;

use crate::check::finding::Finding;

/// Judges the `HTTPRoutes` and Gateways of a release.
pub(super) fn judge(gateways: &[DynamicObject], routes: &[DynamicObject]) -> Vec<Finding> {
    gateways.iter().map(gateway).chain(routes.iter().map(route)).collect()
}

fn gateway(gateway: &DynamicObject) -> Finding {
    let name = gateway.name_any();
    let conditions = conditions(&gateway.data, "/status/conditions");
    match obstacle(conditions, &["Accepted", "Programmed"]) {
        None => Finding::right(format!("The Gateway {name} is programmed.")),
        Some(cause) => Finding::wrong(
            format!("The Gateway {name} is not programmed: {cause}."),
            format!("See kubectl describe gateway {}, and the log of istiod.", located(gateway)),
        ),
    }
}

fn route(route: &DynamicObject) -> Finding {
    let name = route.name_any();
    let parents =
        route.data.pointer("/status/parents").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let look = format!("See kubectl describe httproute {}.", located(route));
    if parents.is_empty() {
        let message = format!("The HTTPRoute {name} is not accepted: no gateway has looked at it.");
        return Finding::wrong(
            message,
            "Check its parentRefs, and that Istio serves the gateway's class: see kubectl get gatewayclasses.",
        );
    }
    let refused =
        parents.iter().find_map(|parent| obstacle(conditions(parent, "/conditions"), &["Accepted", "ResolvedRefs"]));
    match refused {
        None => Finding::right(format!("The HTTPRoute {name} is accepted, and its references are resolved.")),
        Some(cause) => Finding::wrong(format!("The HTTPRoute {name} does not lead to its services: {cause}."), look),
    }
}

fn conditions<'a>(object: &'a Value, path: &str) -> &'a [Value] {
    object.pointer(path).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

/// What the first of the wanted conditions that is not true says, without a full stop.
fn obstacle(conditions: &[Value], wanted: &[&str]) -> Option<String> {
    let text =
        |condition: &Value, field: &str| condition.get(field).and_then(Value::as_str).unwrap_or_default().to_owned();
    wanted.iter().find_map(|kind| {
        let Some(found) = conditions.iter().find(|one| text(one, "type") == *kind) else {
            return Some(format!("{kind} is not known yet"));
        };
        if text(found, "status") == "True" {
            return None;
        }
        let message = text(found, "message");
        let why = if message.is_empty() { text(found, "reason") } else { message };
        Some(format!("{kind} is {}, {}", text(found, "status"), why.trim_end_matches('.')))
    })
}

/// An object's namespace and name, as arguments of kubectl.
fn located(object: &DynamicObject) -> String {
    format!("--namespace {} {}", object.namespace().unwrap_or_default(), object.name_any())
}

#[cfg(test)]
#[path = "tests/routes.rs"]
mod tests;
