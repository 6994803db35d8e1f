//! Deletes objects, each by its uid: never another one of its name.

use std::fmt::Debug;

use delivery_api::Delivery;
use kube::api::{DeleteParams, Preconditions};
use kube::{Api, Client};
use serde::de::DeserializeOwned;

use crate::base::api::deleted;
use crate::base::subject::ObjectKey;
use crate::error::Error;

/// Deletes exactly this Delivery.
///
/// # Errors
/// When the API server refuses, or does not answer.
pub(crate) async fn delete_delivery(client: &Client, key: &ObjectKey) -> Result<(), Error> {
    let deliveries: Api<Delivery> = Api::namespaced(client.clone(), &key.namespace);
    let only = Preconditions { uid: Some(key.uid.clone()), resource_version: None };
    let deletion = deliveries.delete(&key.name, &DeleteParams::background().preconditions(only)).await;
    deleted(deletion).map_err(Error::api("delete the Delivery"))?;
    Ok(())
}

/// Deletes exactly this pod or ConfigMap. Whether it existed.
///
/// # Errors
/// When the API server refuses, or does not answer.
pub(crate) async fn delete_only<K>(api: &Api<K>, name: &str, uid: Option<String>) -> Result<bool, kube::Error>
where
    K: Clone + DeserializeOwned + Debug,
{
    let only = Preconditions { uid, resource_version: None };
    deleted(api.delete(name, &DeleteParams::default().preconditions(only)).await)
}
