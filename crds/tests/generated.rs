//! The committed definitions are those that the types generate, and have the shape that Kubernetes' users expect.
#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test ends with the first thing that is wrong"
)]

use std::fs;

#[test]
fn the_committed_definitions_are_the_generated_ones() {
    for (name, text) in delivery_api::manifest::files().unwrap() {
        let committed = fs::read_to_string(name).unwrap();
        assert!(
            committed == text,
            "crds/{name} is not what the types generate; run `cargo run -p delivery-api --bin crdgen`"
        );
    }
}

#[test]
fn every_field_is_described() {
    for (name, text) in delivery_api::manifest::files().unwrap() {
        let definition: serde_json::Value = serde_yaml::from_str(&text).unwrap();
        let schema = &definition["spec"]["versions"][0]["schema"]["openAPIV3Schema"];
        let mut undescribed = Vec::new();
        find_undescribed(schema, "", &mut undescribed);
        assert_eq!(undescribed, Vec::<String>::new(), "{name}");
    }
}

fn find_undescribed(schema: &serde_json::Value, path: &str, found: &mut Vec<String>) {
    if let Some(items) = schema.get("items") {
        find_undescribed(items, &format!("{path}[]"), found);
    }
    for (name, field) in schema["properties"].as_object().into_iter().flatten() {
        let path = format!("{path}.{name}");
        if field["description"].as_str().is_none_or(str::is_empty) {
            found.push(path.clone());
        }
        find_undescribed(field, &path, found);
    }
}

#[test]
fn conditions_are_a_list_map_by_type() {
    for (name, text) in delivery_api::manifest::files().unwrap() {
        let definition: serde_json::Value = serde_yaml::from_str(&text).unwrap();
        let status = &definition["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"]["status"];
        let conditions = &status["properties"]["conditions"];
        assert_eq!(conditions["x-kubernetes-list-type"], "map", "{name}");
        assert_eq!(conditions["x-kubernetes-list-map-keys"], serde_json::json!(["type"]), "{name}");
        assert!(definition["spec"]["versions"][0]["subresources"]["status"].is_object(), "{name}");
    }
}

#[test]
fn the_columns_are_those_that_a_person_looks_for() {
    let (_, text) = &delivery_api::manifest::files().unwrap()[0];
    let definition: serde_json::Value = serde_yaml::from_str(text).unwrap();
    let columns = definition["spec"]["versions"][0]["additionalPrinterColumns"].as_array().unwrap();
    let named = |wide: bool| -> Vec<&str> {
        columns
            .iter()
            .filter(|column| (column["priority"] == 1) == wide)
            .filter_map(|column| column["name"].as_str())
            .collect()
    };
    assert_eq!(named(false), ["Route", "Courier", "Phase", "Progress", "ETA", "Age"]);
    assert_eq!(named(true), ["Position", "Speed", "Pod"]);
    assert_eq!(definition["spec"]["names"]["shortNames"], serde_json::json!(["dlv"]));
    assert_eq!(definition["spec"]["names"]["categories"], serde_json::json!(["codedelivery"]));
}
