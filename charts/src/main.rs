//! Writes JSON Schemas for kubeconform: one per kind, from the Kubernetes API's `OpenAPI` description and from CRDs.
//!
//! `chart-schemas OUT SWAGGER CRD…`. The schemas are strict: unknown fields are errors.
#![allow(clippy::indexing_slicing, reason = "JSON that is not as expected ends a tool of the build")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::{env, fs};

use anyhow::{Context, Result};
use serde::Deserialize as _;
use serde_json::{Map, Value, json};

fn main() -> Result<()> {
    let mut arguments = env::args_os().skip(1).map(PathBuf::from);
    let out = arguments.next().context("usage: chart-schemas OUT SWAGGER CRD…")?;
    let swagger = arguments.next().context("usage: chart-schemas OUT SWAGGER CRD…")?;
    let mut kinds = kubernetes(read(&swagger)?)?;
    for crd in arguments {
        for document in read_all(&crd)? {
            kinds.extend(custom(&document).with_context(|| format!("{} is not a CRD", crd.display()))?);
        }
    }
    fs::create_dir_all(&out)?;
    for (name, schema) in kinds {
        fs::write(out.join(name), schema.to_string())?;
    }
    Ok(())
}

/// Reads a JSON or YAML file; numbers must fit JSON.
fn read(path: &Path) -> Result<Value> {
    let text = fs::read_to_string(path).with_context(|| format!("Cannot read {}", path.display()))?;
    serde_yaml::from_str(&text).with_context(|| format!("{} is not valid YAML", path.display()))
}

/// The documents of a YAML file, of which Istio's has one per CRD.
fn read_all(path: &Path) -> Result<Vec<Value>> {
    let text = fs::read_to_string(path).with_context(|| format!("Cannot read {}", path.display()))?;
    let documents = serde_yaml::Deserializer::from_str(&text).map(Value::deserialize);
    let all: Result<Vec<Value>, serde_yaml::Error> = documents.collect();
    let mut all = all.with_context(|| format!("{} is not valid YAML", path.display()))?;
    all.retain(|document| !document.is_null());
    Ok(all)
}

/// The file name of a kind's schema, as in kubeconform's `{{.Group}}_{{.ResourceAPIVersion}}_{{.ResourceKind}}.json`.
fn file(group: &str, version: &str, kind: &str) -> String {
    let group = if group.is_empty() { version } else { group };
    format!("{group}_{version}_{}.json", kind.to_lowercase())
}

/// The schemas of all kinds in a swagger file. Each includes the definitions that it refers to, directly or indirectly.
fn kubernetes(mut swagger: Value) -> Result<BTreeMap<String, Value>> {
    let Value::Object(mut definitions) = swagger["definitions"].take() else {
        anyhow::bail!("the swagger file has no definitions");
    };
    definitions.values_mut().for_each(strict);
    // The description declares a quantity as a string, but the API also accepts plain numbers.
    definitions["io.k8s.apimachinery.pkg.api.resource.Quantity"]["type"] = json!(["string", "number"]);
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let mut kinds = BTreeMap::new();
    for (name, definition) in &definitions {
        for kind in definition["x-kubernetes-group-version-kind"].as_array().into_iter().flatten() {
            let mut used = Map::new();
            collect(name, &definitions, &mut used);
            let file = file(&text(&kind["group"]), &text(&kind["version"]), &text(&kind["kind"]));
            kinds.insert(file, json!({"$ref": format!("#/definitions/{name}"), "definitions": used}));
        }
    }
    Ok(kinds)
}

/// Adds a definition and everything that it refers to to `used`.
fn collect(name: &str, definitions: &Map<String, Value>, used: &mut Map<String, Value>) {
    let Some(definition) = definitions.get(name).filter(|_| !used.contains_key(name)) else {
        return;
    };
    used.insert(name.to_owned(), definition.clone());
    let mut rest = vec![definition];
    while let Some(value) = rest.pop() {
        if let Some(other) = value["$ref"].as_str().and_then(|it| it.strip_prefix("#/definitions/")) {
            collect(other, definitions, used);
        }
        match value {
            Value::Object(fields) => rest.extend(fields.values()),
            Value::Array(items) => rest.extend(items),
            _ => {}
        }
    }
}

/// The schemas of a CRD's versions.
fn custom(crd: &Value) -> Result<BTreeMap<String, Value>> {
    let spec = &crd["spec"];
    let group = spec["group"].as_str().context("spec.group")?;
    let kind = spec["names"]["kind"].as_str().context("spec.names.kind")?;
    let mut kinds = BTreeMap::new();
    for version in spec["versions"].as_array().context("spec.versions")? {
        let mut schema = version["schema"]["openAPIV3Schema"].clone();
        for field in ["apiVersion", "kind"] {
            schema["properties"][field] = json!({"type": "string"});
        }
        schema["properties"]["metadata"] = json!({"type": "object"});
        strict(&mut schema);
        kinds.insert(file(group, version["name"].as_str().context("name")?, kind), schema);
    }
    Ok(kinds)
}

/// Translates Kubernetes' extensions to JSON Schema: no unknown fields, integers or strings where both are allowed. Schemas inside
/// `oneOf` and the like only add constraints to fields that are described outside, so they are left alone.
fn strict(schema: &mut Value) {
    let Value::Object(fields) = schema else { return };
    for (keyword, value) in fields.iter_mut() {
        match (keyword.as_str(), value) {
            ("properties", Value::Object(properties)) => properties.values_mut().for_each(strict),
            ("items" | "additionalProperties" | "not", schema) => strict(schema),
            _ => {}
        }
    }
    let is = |fields: &Map<String, Value>, keyword, wanted: &str| {
        fields.get(keyword).and_then(Value::as_str) == Some(wanted)
    };
    let on = |fields: &Map<String, Value>, keyword| fields.get(keyword).and_then(Value::as_bool) == Some(true);
    let open = fields.contains_key("additionalProperties") || on(fields, "x-kubernetes-preserve-unknown-fields");
    if fields.contains_key("properties") && !open {
        fields.insert("additionalProperties".to_owned(), json!(false));
    }
    if is(fields, "format", "int-or-string") {
        fields.insert("type".to_owned(), json!(["string", "integer"]));
    }
    if on(fields, "nullable")
        && let Some(Value::String(kind)) = fields.get("type").cloned()
    {
        fields.insert("type".to_owned(), json!([kind, "null"]));
    }
}
