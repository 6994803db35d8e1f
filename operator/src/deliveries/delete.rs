//! Deletes Deliveries.

use delivery_api::Delivery;
use kube::api::{DeleteParams, Preconditions};
use kube::{Api, Client};

use crate::base::api::deleted;
use crate::base::subject::ObjectKey;
use crate::error::Error;

/// Deletes exactly this Delivery, never another one of the same name.
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
