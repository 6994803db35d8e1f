//! Judges the CRDs: whether they exist, are served, and have the fields of this release. Pure.

use std::collections::BTreeSet;

use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::{
    CustomResourceDefinition, CustomResourceDefinitionVersion,
};
use serde_json::Value;

use crate::check::finding::Finding;

/// The most fields that are named.
const NAMED: usize = 3;

/// A CRD as it was looked for.
#[derive(Clone, Debug)]
pub(crate) enum Looked {
    Found(Box<CustomResourceDefinition>),
    Missing,
    /// The user may not read CRDs. Whether the kind is served, everybody may see.
    Forbidden {
        served: bool,
    },
}

/// Compares a CRD with that of this release.
pub(crate) fn judge(expected: &CustomResourceDefinition, looked: &Looked) -> Finding {
    let name = expected.metadata.name.as_deref().unwrap_or_default();
    let found = match looked {
        Looked::Found(found) => found,
        Looked::Missing | Looked::Forbidden { served: false } => {
            return Finding::wrong(
                format!("The CRD {name} does not exist."),
                "Install it: with the chart's crds.enabled=true, or apply the files in crds/ of this release.",
            );
        }
        Looked::Forbidden { served: true } => {
            return Finding::skipped(format!(
                "The kind of the CRD {name} is served; you may not read the CRD itself, so its fields were not compared."
            ));
        }
    };
    if !is_established(found) {
        return Finding::wrong(
            format!("The CRD {name} is not established: {}.", obstacle(found)),
            format!("See kubectl describe crd {name}."),
        );
    }
    let (Some(wanted), Some(version)) = (expected.spec.versions.first(), served(expected, found)) else {
        return Finding::wrong(
            format!("The CRD {name} does not serve the version of this release."),
            "Upgrade the CRDs: with the chart's crds.enabled=true, or apply the files in crds/ of this release.",
        );
    };
    let (wanted, present) = (fields(wanted), fields(version));
    let lacks: Vec<_> = wanted.difference(&present).collect();
    if !lacks.is_empty() {
        return Finding::wrong(
            format!("The CRD {name} is of an earlier release than this program: it lacks {}.", list(&lacks)),
            "Upgrade the CRDs: with the chart's crds.enabled=true, or apply the files in crds/ of this release.",
        );
    }
    let more: Vec<_> = present.difference(&wanted).collect();
    if !more.is_empty() {
        return Finding::warning(
            format!("The CRD {name} is of a later release than this program: it also has {}.", list(&more)),
            "Use the kubectl-delivery of the release that is installed.",
        );
    }
    Finding::right(format!("The CRD {name} is established and that of this release."))
}

fn is_established(definition: &CustomResourceDefinition) -> bool {
    conditions(definition).any(|(kind, status, _)| kind == "Established" && status == "True")
}

/// Why it is not established, if its conditions say so.
fn obstacle(definition: &CustomResourceDefinition) -> String {
    let message = conditions(definition).find(|(_, status, message)| *status == "False" && !message.is_empty());
    message.map_or_else(
        || "the API server has not accepted it yet".to_owned(),
        |(_, _, message)| message.trim_end_matches('.').to_owned(),
    )
}

fn conditions(definition: &CustomResourceDefinition) -> impl Iterator<Item = (&str, &str, &str)> {
    let conditions = definition.status.as_ref().and_then(|status| status.conditions.as_deref()).unwrap_or_default();
    conditions.iter().map(|one| (one.type_.as_str(), one.status.as_str(), one.message.as_deref().unwrap_or_default()))
}

/// The version of this release, if it is served.
fn served<'a>(
    expected: &CustomResourceDefinition,
    found: &'a CustomResourceDefinition,
) -> Option<&'a CustomResourceDefinitionVersion> {
    let wanted = expected.spec.versions.first()?;
    found.spec.versions.iter().find(|version| version.served && version.name == wanted.name)
}

/// The paths of all fields of a version's schema, such as `spec.routeRef.name`.
fn fields(version: &CustomResourceDefinitionVersion) -> BTreeSet<String> {
    let schema = version.schema.as_ref().and_then(|schema| serde_json::to_value(schema).ok()).unwrap_or_default();
    let mut found = BTreeSet::new();
    if let Some(root) = schema.get("openAPIV3Schema") {
        // Of the metadata only the API server knows the fields.
        for part in ["spec", "status"] {
            if let Some(schema) = root.pointer(&format!("/properties/{part}")) {
                collect(part, schema, &mut found);
            }
        }
    }
    found
}

fn collect(path: &str, schema: &Value, found: &mut BTreeSet<String>) {
    for (name, inner) in schema.get("properties").and_then(Value::as_object).into_iter().flatten() {
        let path = format!("{path}.{name}");
        collect(&path, inner, found);
        found.insert(path);
    }
    for elements in ["items", "additionalProperties"] {
        if let Some(inner) = schema.get(elements) {
            collect(&format!("{path}[]"), inner, found);
        }
    }
}

fn list(fields: &[&String]) -> String {
    let named = fields.iter().take(NAMED).map(|field| field.as_str()).collect::<Vec<_>>().join(", ");
    let more = fields.len().saturating_sub(NAMED);
    if more == 0 { named } else { format!("{named} and {more} more") }
}

#[cfg(test)]
#[path = "tests/definitions.rs"]
mod tests;
