//! The example manifests: the valid ones are valid, each invalid one is refused for the reason that its first line names.
#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test ends with the first thing that is wrong"
)]

use std::fs;
use std::path::PathBuf;

use delivery_api::{Delivery, DeliveryRoute};
use kube::core::cel::Validator;
use serde::Deserialize;
use serde_json::Value;

fn manifests(folder: &str) -> Vec<(PathBuf, String)> {
    let mut found: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "yaml"))
        .map(|path| (path.clone(), fs::read_to_string(path).unwrap()))
        .collect();
    found.sort();
    found
}

fn documents(text: &str) -> Vec<Value> {
    serde_yaml::Deserializer::from_str(text).map(|document| Value::deserialize(document).unwrap()).collect()
}

/// The definition's schema of an object, with unknown fields refused, as kubectl asks the API server to.
fn schema_of(object: &Value) -> Value {
    let files = delivery_api::manifest::files().unwrap();
    let text = match object["kind"].as_str().unwrap() {
        "Delivery" => &files[0].1,
        "DeliveryRoute" => &files[1].1,
        other => panic!("{other} is no kind of ours"),
    };
    let definition: Value = serde_yaml::from_str(text).unwrap();
    let mut schema = definition["spec"]["versions"][0]["schema"]["openAPIV3Schema"].clone();
    for field in ["spec", "status"] {
        refuse_unknown_fields(&mut schema["properties"][field]);
    }
    schema
}

fn refuse_unknown_fields(schema: &mut Value) {
    if let Some(items) = schema.get_mut("items") {
        refuse_unknown_fields(items);
    }
    if let Some(properties) = schema.get_mut("properties").and_then(Value::as_object_mut) {
        properties.values_mut().for_each(refuse_unknown_fields);
        schema["additionalProperties"] = Value::Bool(false);
    }
}

/// All that is wrong with an object.
fn problems(object: &Value) -> Vec<String> {
    let schema = schema_of(object);
    let by_schema = jsonschema::validator_for(&schema).unwrap();
    let problems: Vec<_> = by_schema.iter_errors(object).map(|error| format!("schema: {error}")).collect();
    if !problems.is_empty() {
        // The API server does not evaluate rules on what has not the right shape.
        return problems;
    }
    let by_rules = Validator::new().validate_with_defaults(&schema, object, None).err();
    by_rules.into_iter().flatten().map(|error| error.message).collect()
}

#[test]
fn the_valid_examples_and_the_routes_are_valid() {
    for (path, text) in manifests("examples").into_iter().chain(manifests("routes")) {
        for object in documents(&text) {
            assert_eq!(problems(&object), Vec::<String>::new(), "{}", path.display());
            match object["kind"].as_str().unwrap() {
                "Delivery" => serde_json::from_value::<Delivery>(object).unwrap().validate_cel().unwrap(),
                _ => serde_json::from_value::<DeliveryRoute>(object).unwrap().validate_cel().unwrap(),
            }
        }
    }
}

#[test]
fn each_invalid_example_is_refused_for_the_reason_that_it_names() {
    let manifests = manifests("examples/invalid");
    assert!(manifests.len() >= 10);
    for (path, text) in manifests {
        let expected = text.lines().next().unwrap().strip_prefix("# Expected: ").unwrap();
        let objects = documents(&text);
        let problems: Vec<_> = objects.iter().flat_map(problems).collect();
        // What the schema alone refuses, the API server says in words of its own; those are for the test on a cluster.
        let named = problems.iter().any(|problem| problem.contains(expected) || problem.starts_with("schema: "));
        assert!(named && objects.len() == 1, "{}: {problems:?}", path.display());
        assert!(objects[0]["metadata"]["name"].is_string(), "{}", path.display());
    }
}

#[test]
fn the_three_routes_are_the_known_ones() {
    let ends = [
        ("1", "Primeiro", 219, [-47.92923, -15.82594], [-47.92765, -15.82942]),
        ("2", "Segundo", 40, [-47.92756, -15.82449], [-47.92621, -15.8276]),
        ("3", "Terceiro", 265, [-47.92588, -15.82331], [-47.92532, -15.82758]),
    ];
    let routes: Vec<DeliveryRoute> =
        manifests("routes").iter().map(|(_, text)| serde_yaml::from_str(text).unwrap()).collect();
    assert_eq!(routes.len(), ends.len());
    for (route, (id, title, points, start, end)) in routes.iter().zip(ends) {
        assert_eq!((route.route_id(), route.title(), route.spec.path.len()), (id, title, points));
        assert_eq!((route.spec.path[0], route.spec.path[points - 1]), (start, end), "{title}");
    }
}
