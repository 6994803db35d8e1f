//! Lists, alters and resets the offsets of a connector, as the annotation `strimzi.io/connector-offsets` asks.
//!
//! They come from and go to a `ConfigMap` that the object names, as JSON under `offsets.json`.

use delivery_controller::error::ApiError;
use k8s_openapi::api::core::v1::ConfigMap;
use kube::api::{Patch, PatchParams};
use kube::{Api, Resource, ResourceExt};
use serde_json::{Value, json};

use crate::annotations::Offsets;
use crate::connector::KafkaConnector;
use crate::context::{Context, MANAGER};
use crate::rest::{Connect, RestError};

/// The key in the `ConfigMap`.
const KEY: &str = "offsets.json";

/// Why offsets stay as they are, or unlisted.
#[derive(Debug, thiserror::Error)]
pub enum OffsetsError {
    /// The object does not name the `ConfigMap`.
    #[error("{0}.name is missing; name the ConfigMap.")]
    NotNamed(&'static str),
    /// The `ConfigMap` has no offsets.
    #[error("The ConfigMap {name} has no {KEY} with JSON in it: {problem}.")]
    NoOffsets {
        /// Its name.
        name: String,
        /// What is wrong with it.
        problem: String,
    },
    /// Connect refused.
    #[error("{0}")]
    Rest(#[from] RestError),
    /// The API server refused.
    #[error(transparent)]
    Api(#[from] ApiError),
}

/// The reason of a warning about it.
#[must_use]
pub const fn reason(what: Offsets) -> &'static str {
    match what {
        Offsets::List => "ListOffsets",
        Offsets::Alter => "AlterOffsets",
        Offsets::Reset => "ResetOffsets",
    }
}

/// Does it.
///
/// # Errors
/// When it cannot be done; it can be tried again.
pub async fn manage(
    context: &Context,
    connect: &Connect,
    connector: &KafkaConnector,
    what: Offsets,
) -> Result<(), OffsetsError> {
    let name = connector.name_any();
    let maps: Api<ConfigMap> = Api::namespaced(context.client.clone(), &connector.namespace().unwrap_or_default());
    match what {
        Offsets::Reset => Ok(connect.reset_offsets(&name).await?),
        Offsets::List => {
            let list = connector.spec.list_offsets.as_ref().map(|list| list.to_config_map.name.as_str());
            let map =
                list.filter(|name| !name.is_empty()).ok_or(OffsetsError::NotNamed("spec.listOffsets.toConfigMap"))?;
            let offsets = connect.offsets(&name).await?.unwrap_or_else(|| json!({ "offsets": [] }));
            let body = json!({
                "apiVersion": "v1",
                "kind": "ConfigMap",
                "metadata": { "name": map, "ownerReferences": connector.owner_ref(&()).into_iter().collect::<Vec<_>>() },
                "data": { KEY: format!("{offsets:#}") },
            });
            let written = maps.patch(map, &PatchParams::apply(MANAGER).force(), &Patch::Apply(&body)).await;
            written.map_err(ApiError::when("write the ConfigMap of the offsets"))?;
            Ok(())
        }
        Offsets::Alter => {
            let alter = connector.spec.alter_offsets.as_ref().map(|alter| alter.from_config_map.name.as_str());
            let map = alter
                .filter(|name| !name.is_empty())
                .ok_or(OffsetsError::NotNamed("spec.alterOffsets.fromConfigMap"))?;
            let found = maps.get_opt(map).await.map_err(ApiError::when("read the ConfigMap of the offsets"))?;
            let offsets = read(map, found)?;
            Ok(connect.alter_offsets(&name, &offsets).await?)
        }
    }
}

fn read(name: &str, found: Option<ConfigMap>) -> Result<Value, OffsetsError> {
    let wrong = |problem: String| OffsetsError::NoOffsets { name: name.to_owned(), problem };
    let map = found.ok_or_else(|| wrong("it does not exist".to_owned()))?;
    let text =
        map.data.as_ref().and_then(|data| data.get(KEY)).ok_or_else(|| wrong("the key is missing".to_owned()))?;
    serde_json::from_str(text).map_err(|error| wrong(error.to_string()))
}
