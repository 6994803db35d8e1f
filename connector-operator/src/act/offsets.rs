//! Lists, alters and resets the offsets of a connector, as the annotation `strimzi.io/connector-offsets` asks.
//!
//! They are written to and read from a `ConfigMap` that the object names, as JSON under `offsets.json`.

use delivery_controller::error::ApiError;
use k8s_openapi::api::core::v1::ConfigMap;
use kube::api::{Patch, PatchParams};
use kube::{Api, Client, Resource, ResourceExt};
use serde_json::{Value, json};

use crate::connect::rest::{Connect, RestError};
use crate::strimzi::annotations::Offsets;
use crate::strimzi::connector::{FIELD_MANAGER, KafkaConnector, Reference};

/// The key in the `ConfigMap`.
const KEY: &str = "offsets.json";

/// Why offsets could not be listed, altered or reset.
#[derive(Debug, thiserror::Error)]
pub(super) enum OffsetsError {
    /// The object does not name the `ConfigMap`.
    #[error("{0}.name is missing; set it to the name of a ConfigMap.")]
    NotNamed(&'static str),
    /// The `ConfigMap` does not exist.
    #[error("The ConfigMap {0} does not exist; create it with the offsets under {KEY}.")]
    NoConfigMap(String),
    /// The `ConfigMap` has no offsets.
    #[error("The ConfigMap {0} has no {KEY}; put the offsets there, as {{\"offsets\": […]}}.")]
    NoOffsets(String),
    /// The offsets are not valid JSON.
    #[error("{KEY} in the ConfigMap {name} is not JSON: {source}.")]
    NotJson {
        /// The name of the `ConfigMap`.
        name: String,
        /// Where the text stops being JSON.
        source: serde_json::Error,
    },
    /// Connect refused.
    #[error(transparent)]
    Rest(#[from] RestError),
    /// The API server refused.
    #[error(transparent)]
    Api(#[from] ApiError),
}

/// Lists, alters or resets the offsets.
///
/// # Errors
/// When that is not possible now; it can be retried.
pub(super) async fn manage(
    client: &Client,
    connect: &Connect,
    connector: &KafkaConnector,
    request: Offsets,
) -> Result<(), OffsetsError> {
    let name = connector.name_any();
    let maps: Api<ConfigMap> = Api::namespaced(client.clone(), &connector.namespace().unwrap_or_default());
    match request {
        Offsets::Reset => Ok(connect.reset_offsets(&name).await?),
        Offsets::List => {
            let list = connector.spec.list_offsets.as_ref().map(|list| &list.to_config_map);
            let map = named(list, "spec.listOffsets.toConfigMap")?;
            let offsets = connect.offsets(&name).await?.unwrap_or_else(|| json!({ "offsets": [] }));
            let body = json!({
                "apiVersion": "v1",
                "kind": "ConfigMap",
                "metadata": { "name": map, "ownerReferences": connector.owner_ref(&()).into_iter().collect::<Vec<_>>() },
                "data": { KEY: format!("{offsets:#}") },
            });
            let written = maps.patch(map, &PatchParams::apply(FIELD_MANAGER).force(), &Patch::Apply(&body)).await;
            written.map_err(ApiError::when("write the ConfigMap of the offsets"))?;
            Ok(())
        }
        Offsets::Alter => {
            let alter = connector.spec.alter_offsets.as_ref().map(|alter| &alter.from_config_map);
            let map = named(alter, "spec.alterOffsets.fromConfigMap")?;
            let found = maps.get_opt(map).await.map_err(ApiError::when("read the ConfigMap of the offsets"))?;
            let offsets = read(map, found)?;
            Ok(connect.alter_offsets(&name, &offsets).await?)
        }
    }
}

fn named<'a>(reference: Option<&'a Reference>, field: &'static str) -> Result<&'a str, OffsetsError> {
    let name = reference.map(|reference| reference.name.as_str());
    name.filter(|name| !name.is_empty()).ok_or(OffsetsError::NotNamed(field))
}

fn read(name: &str, found: Option<ConfigMap>) -> Result<Value, OffsetsError> {
    let map = found.ok_or_else(|| OffsetsError::NoConfigMap(name.to_owned()))?;
    let text = map.data.as_ref().and_then(|data| data.get(KEY));
    let text = text.ok_or_else(|| OffsetsError::NoOffsets(name.to_owned()))?;
    serde_json::from_str(text).map_err(|source| OffsetsError::NotJson { name: name.to_owned(), source })
}
