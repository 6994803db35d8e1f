//! Writes statuses, and reports the outcome of each write. May import [`crate::error`].
//!
//! Whether a status differs from the old one, and is worth a write now, is left to the operator.

use std::fmt::Debug;

use k8s_openapi::NamespaceResourceScope;
use kube::api::{ObjectMeta, Patch, PatchParams};
use kube::{Api, Client, Resource, ResourceExt};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::json;

use crate::error::{ApiError, answered};

/// The outcome of a write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Write<K> {
    /// The object has the status, and this resource version.
    Done(K),
    /// Another writer has changed the object, or it is another one of that name: it must be looked at again.
    Conflict,
    /// The object does not exist any more.
    Gone,
}

impl<K> Write<K> {
    /// What the API server's answer means.
    ///
    /// # Errors
    /// When it refused the write for a reason other than the object's state, or did not answer.
    pub fn from_answer(answer: Result<K, kube::Error>) -> Result<Self, ApiError> {
        match answer {
            Ok(object) => Ok(Self::Done(object)),
            Err(error) if answered(&error, 404) => Ok(Self::Gone),
            Err(error) if answered(&error, 409) => Ok(Self::Conflict),
            Err(error) => Err(ApiError::when("write the status")(error)),
        }
    }
}

/// Writes a status by server-side apply, as `manager`. The object's uid goes along, so that another object of the same name is never
/// given this status; a `resource_version` guards against changes since the object was looked at.
///
/// # Errors
/// When the API server refused the write for another reason than the object's state, or did not answer.
pub async fn apply<K>(
    client: &Client,
    object: &K,
    resource_version: Option<&str>,
    status: &(impl Serialize + Sync),
    manager: &str,
) -> Result<Write<K>, ApiError>
where
    K: Resource<DynamicType = (), Scope = NamespaceResourceScope> + Clone + Debug + DeserializeOwned,
{
    let api: Api<K> = Api::namespaced(client.clone(), &object.namespace().unwrap_or_default());
    let name = object.name_any();
    let metadata = ObjectMeta {
        name: Some(name.clone()),
        uid: object.uid(),
        resource_version: resource_version.map(str::to_owned),
        ..ObjectMeta::default()
    };
    let body = json!({
        "apiVersion": K::api_version(&()), "kind": K::kind(&()), "metadata": metadata, "status": status,
    });
    Write::from_answer(api.patch_status(&name, &PatchParams::apply(manager).force(), &Patch::Apply(&body)).await)
}

#[cfg(test)]
#[path = "tests/status.rs"]
mod tests;
