//! Reads the object itself, and whether Strimzi manages its cluster, from the API server.

use delivery_controller::error::ApiError;
use kube::api::ApiResource;
use kube::core::DynamicObject;
use kube::{Api, Client};

use crate::strimzi::connector::{GROUP, KafkaConnector, VERSION};

/// The object as it is now. The store may be older than our last write, and the number of restarts is in the status.
///
/// # Errors
/// When the API server refused the request or did not answer.
pub(crate) async fn connector(
    client: &Client,
    namespace: &str,
    name: &str,
) -> Result<Option<KafkaConnector>, ApiError> {
    let api: Api<KafkaConnector> = Api::namespaced(client.clone(), namespace);
    api.get_opt(name).await.map_err(ApiError::when("read the KafkaConnector"))
}

/// Whether Strimzi's cluster operator manages the connectors of this cluster: there is a `KafkaConnect` of that name.
///
/// # Errors
/// When the API server refused the request or did not answer.
pub(crate) async fn is_managed_by_strimzi(client: &Client, namespace: &str, cluster: &str) -> Result<bool, ApiError> {
    let kind = ApiResource {
        group: GROUP.to_owned(),
        version: VERSION.to_owned(),
        api_version: format!("{GROUP}/{VERSION}"),
        kind: "KafkaConnect".to_owned(),
        plural: "kafkaconnects".to_owned(),
    };
    let api: Api<DynamicObject> = Api::namespaced_with(client.clone(), namespace, &kind);
    let found = api.get_metadata_opt(cluster).await.map_err(ApiError::when("look up the KafkaConnect"))?;
    Ok(found.is_some())
}
