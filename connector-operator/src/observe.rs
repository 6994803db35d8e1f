//! Looks: at the object itself, at Strimzi, at Connect.

use std::time::Duration;

use delivery_controller::error::ApiError;
use kube::Api;
use kube::api::ApiResource;
use kube::core::DynamicObject;

use crate::connector::{GROUP, KafkaConnector, VERSION};
use crate::context::Context;
use crate::plan::Seen;
use crate::rest::{Connect, RestError};

/// How often Connect is asked for the status of a connector that it has just been given.
const TRIES: u32 = 20;
/// How long is waited in between.
const PAUSE: Duration = Duration::from_millis(100);

/// The object as it is now. What the watch has brought may be older than what we wrote last, and restarts are counted in it.
///
/// # Errors
/// When the API server does not tell.
pub async fn object(context: &Context, namespace: &str, name: &str) -> Result<Option<KafkaConnector>, ApiError> {
    let api: Api<KafkaConnector> = Api::namespaced(context.client.clone(), namespace);
    api.get_opt(name).await.map_err(ApiError::when("read the KafkaConnector"))
}

/// Whether a Strimzi cluster operator is responsible for the connectors of this cluster: there is a `KafkaConnect` of that name.
///
/// # Errors
/// When the API server does not tell.
pub async fn is_strimzis(context: &Context, namespace: &str, cluster: &str) -> Result<bool, ApiError> {
    let kind = ApiResource {
        group: GROUP.to_owned(),
        version: VERSION.to_owned(),
        api_version: format!("{GROUP}/{VERSION}"),
        kind: "KafkaConnect".to_owned(),
        plural: "kafkaconnects".to_owned(),
    };
    let api: Api<DynamicObject> = Api::namespaced_with(context.client.clone(), namespace, &kind);
    let found = api.get_metadata_opt(cluster).await.map_err(ApiError::when("look for a KafkaConnect"))?;
    Ok(found.is_some())
}

/// What Connect has of a connector.
///
/// # Errors
/// When Connect does not tell.
pub async fn connector(connect: &Connect, name: &str) -> Result<Seen, RestError> {
    let Some(options) = connect.options(name).await? else { return Ok(Seen::default()) };
    let status = connect.status(name).await?;
    Ok(Seen { options: Some(options), status, topics: connect.topics(name).await? })
}

/// The same after something was done: Connect may need a moment until it knows the status of a new connector.
///
/// # Errors
/// When Connect does not tell.
pub async fn connector_again(connect: &Connect, name: &str) -> Result<Seen, RestError> {
    for _ in 0..TRIES {
        let seen = connector(connect, name).await?;
        if seen.status.is_some() {
            return Ok(seen);
        }
        tokio::time::sleep(PAUSE).await;
    }
    connector(connect, name).await
}
