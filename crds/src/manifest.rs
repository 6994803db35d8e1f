//! The CustomResourceDefinitions as files: their names and their YAML.

use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition;
use kube::CustomResourceExt;

use crate::{Delivery, DeliveryRoute};

/// The generated files: their names in `crds/`, and what they must hold.
///
/// # Errors
/// Only if a definition cannot be written as YAML, which a test excludes.
pub fn files() -> Result<Vec<(&'static str, String)>, serde_yaml::Error> {
    [("deliveries.yaml", Delivery::crd()), ("deliveryroutes.yaml", DeliveryRoute::crd())]
        .into_iter()
        .map(|(name, definition)| Ok((name, yaml(&definition)?)))
        .collect()
}

fn yaml(definition: &CustomResourceDefinition) -> Result<String, serde_yaml::Error> {
    const HEAD: &str =
        "# Generated from the types in crds/src by `cargo run -p delivery-api --bin crdgen`; do not edit.\n";
    Ok(format!("{HEAD}{}", serde_yaml::to_string(definition)?))
}
