//! Renders the chart with helm, for the other tests in this folder.

use std::env;
use std::path::PathBuf;
use std::process::{Command, Output};

use serde::Deserialize;
use serde_json::Value;

/// The sets of values in `ci/`.
pub(crate) const CASES: [&str; 4] = ["minimal", "demo", "secured", "everything"];

pub(crate) fn chart() -> PathBuf {
    PathBuf::from("code-delivery")
}

pub(crate) fn file(case: &str) -> String {
    chart().join(format!("ci/{case}-values.yaml")).display().to_string()
}

/// Runs helm: the one that the demo and `charts/test.sh` download, otherwise the system's.
pub(crate) fn helm(arguments: &[&str]) -> Output {
    let cache = env::var_os("CODE_DELIVERY_CACHE").map_or_else(|| "/var/cache/code-delivery".into(), PathBuf::from);
    let fetched = cache.join("bin/helm");
    Command::new(if fetched.exists() { fetched } else { "helm".into() })
        .args(arguments)
        .output()
        .expect("there is no helm; `bash charts/test.sh` fetches it")
}

/// Runs `helm template` with these additional arguments, and returns the objects or helm's error.
pub(crate) fn template(arguments: &[&str]) -> Result<Vec<Value>, String> {
    let chart = chart().display().to_string();
    let mut all = vec!["template", "code-delivery", &chart, "--namespace", "shop"];
    all.extend(arguments);
    let output = helm(&all);
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned());
    }
    Ok(documents(&String::from_utf8(output.stdout).unwrap()))
}

/// The objects of the demo's servers.
pub(crate) fn laptop() -> Vec<Value> {
    let values = ["--namespace", "code-delivery-data", "--values", "laptop/ci/demo-values.yaml"];
    let output = helm(&[&["template", "laptop", "laptop"], &values[..]].concat());
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    documents(&String::from_utf8(output.stdout).unwrap())
}

/// The objects of product and servers in the mesh, as the demo installs them, or with three brokers.
pub(crate) fn meshed(servers: &str) -> Vec<Value> {
    let servers = format!("laptop/ci/{servers}-values.yaml");
    let charts = [("code-delivery", "code-delivery", file("mesh")), ("laptop", "code-delivery-data", servers)];
    let render = |(chart, namespace, values): &(&str, &str, String)| {
        let output = helm(&["template", chart, chart, "--namespace", namespace, "--values", values]);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        documents(&String::from_utf8(output.stdout).unwrap())
    };
    charts.iter().flat_map(render).collect()
}

pub(crate) fn documents(text: &str) -> Vec<Value> {
    let objects = serde_yaml::Deserializer::from_str(text).map(|document| Value::deserialize(document).unwrap());
    objects.filter(|object| !object.is_null()).collect()
}

/// The objects of a set of values.
pub(crate) fn render(case: &str) -> Vec<Value> {
    template(&["--values", &file(case)]).unwrap()
}

pub(crate) fn of_kind<'a>(objects: &'a [Value], kind: &'a str) -> impl Iterator<Item = &'a Value> {
    objects.iter().filter(move |object| object["kind"] == kind)
}

pub(crate) fn name(object: &Value) -> &str {
    object["metadata"]["name"].as_str().unwrap()
}

/// The objects of a kind that belong to a component.
pub(crate) fn of_component<'a>(
    objects: &'a [Value],
    kind: &'a str,
    component: &str,
) -> impl Iterator<Item = &'a Value> + use<'a> {
    let end = format!("-{component}");
    of_kind(objects, kind).filter(move |object| name(object).ends_with(&end))
}

/// The configuration file in the ConfigMap of a component.
pub(crate) fn config(objects: &[Value], component: &str) -> Value {
    let map = of_kind(objects, "ConfigMap").find(|map| name(map).ends_with(component)).unwrap();
    serde_yaml::from_str(map["data"]["config.yaml"].as_str().unwrap()).unwrap()
}
