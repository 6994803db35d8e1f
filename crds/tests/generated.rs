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
fn the_committed_reference_is_the_generated_one() {
    let committed = fs::read_to_string(format!("../{}", delivery_api::reference::PATH)).unwrap();
    let page = delivery_api::reference::page();
    let differing: Vec<&str> = page.lines().filter(|line| !committed.lines().any(|other| other == *line)).collect();
    assert!(
        committed == page,
        "{} is not what the types generate; run `cargo run -p delivery-api --bin crdgen`. Differing lines:\n{}",
        delivery_api::reference::PATH,
        differing.join("\n")
    );
}

#[test]
fn the_reference_lists_fields_with_their_limits_columns_and_rules() {
    let page = delivery_api::reference::page();
    for line in [
        "| `courier` | string, 1 to 100 characters |  | The courier's name, such as `moto-7`. |",
        "| `routeRef.name` | string, 1 to 41 characters, `^[a-z0-9]([-a-z0-9]*[a-z0-9])?$` | *required* | The name of a DeliveryRoute \
         in the same namespace. |",
        "- `spec`: exactly one of routeRef and path must be set",
        "- `spec.path[]`: the first number of a point is its longitude and must be from -180 to 180",
    ] {
        assert!(page.lines().any(|other| other == line), "{line}\n{page}");
    }
    assert!(page.contains("| `intervalMilliseconds` | integer, 50 to 60000 | `500` |"), "{page}");
    assert!(page.contains("| `path` | list of (list of number, 2 items), 2 to 10000 items | *required* |"), "{page}");
    assert!(page.contains("`--field-selector` takes `spec.routeRef.name`, `spec.courier`, `status.phase`."), "{page}");
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

/// kstatus takes an object without a status for one that is as it should be.
#[test]
fn a_new_object_says_that_nobody_has_looked_at_it() {
    for (name, text) in delivery_api::manifest::files().unwrap() {
        let definition: serde_json::Value = serde_yaml::from_str(&text).unwrap();
        let status = &definition["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"]["status"];
        assert_eq!(status["default"], serde_json::json!({ "observedGeneration": -1 }), "{name}");
    }
}

#[test]
fn deliveries_are_selected_by_the_fields_that_a_person_asks_for() {
    let (_, text) = &delivery_api::manifest::files().unwrap()[0];
    let definition: serde_json::Value = serde_yaml::from_str(text).unwrap();
    let version = &definition["spec"]["versions"][0];
    let selectable = version["selectableFields"].as_array().unwrap();
    let paths: Vec<_> = selectable.iter().filter_map(|field| field["jsonPath"].as_str()).collect();
    assert_eq!(paths, [".spec.routeRef.name", ".spec.courier", ".status.phase"]);
    for path in paths {
        let place = path.replace('.', "/properties/");
        let field = version["schema"]["openAPIV3Schema"].pointer(&place).unwrap();
        assert_eq!(field["type"], "string", "{path}: the API server selects by nothing else here");
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
    assert_eq!(named(true), ["Reason", "Position", "Speed", "Pod"]);
    assert_eq!(definition["spec"]["names"]["shortNames"], serde_json::json!(["dlv"]));
    assert_eq!(definition["spec"]["names"]["categories"], serde_json::json!(["codedelivery"]));
}
