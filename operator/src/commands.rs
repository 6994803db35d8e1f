//! Commands: what a record of `delivery.command` does to a Delivery.
//!
//! They act on the object alone; what follows is the reconciliation's.

use crate::context::{Context, MANAGER};
use crate::error::answered;
use crate::inbox::{Later, Outcome, Rejection};
use crate::objects::phase;
use delivery_api::Delivery;
use delivery_messages::{Action, Command, Topic};
use kube::api::{DeleteParams, Patch, PatchParams, Preconditions};
use kube::{Api, ResourceExt};
use serde_json::json;

/// Serves one record.
///
/// # Errors
/// When the API server does not answer, or answers as it should not: the record waits.
pub async fn serve(context: &Context, value: Option<&[u8]>) -> Result<Outcome, Later> {
    let command: Command = match delivery_messages::decode(Topic::Command, value) {
        Ok(command) => command,
        Err(error) => {
            return Ok(Outcome::Rejected(Rejection {
                reason: error.reason(),
                message: error.to_string(),
                request_id: None,
            }));
        }
    };
    let id = &command.delivery_id;
    let rejected = |reason, message| {
        let request_id = Some(command.request_id.clone()).filter(|id| !id.is_empty());
        Ok(Outcome::Rejected(Rejection { reason, message, request_id }))
    };
    let Some(found) = context.objects.deliveries().find(|delivery| delivery.uid().as_ref() == Some(id)) else {
        return rejected("UnknownDelivery", format!("There is no delivery {}.", shortened(id)));
    };
    if phase(&found).is_final() {
        return rejected("DeliveryEnded", format!("The delivery {} has ended already.", found.name_any()));
    }
    let api: Api<Delivery> = Api::namespaced(context.client.clone(), &found.namespace().unwrap_or_default());
    let done = match command.action {
        Action::Cancel => delete(&api, &found.name_any(), id).await,
        Action::Suspend => suspend(&api, &found.name_any(), id, true).await,
        Action::Resume => suspend(&api, &found.name_any(), id, false).await,
    };
    match done {
        Ok(()) => Ok(Outcome::Done("done")),
        Err(error) if answered(&error, 404) || answered(&error, 409) => {
            rejected("UnknownDelivery", format!("There is no delivery {} any more.", shortened(id)))
        }
        Err(error) => Err(Later(format!("The Delivery {} cannot be changed: {error}.", found.name_any()))),
    }
}

/// An id as anybody may have written it, fit for a message.
fn shortened(id: &str) -> String {
    id.chars().take(64).collect()
}

async fn delete(api: &Api<Delivery>, name: &str, uid: &str) -> Result<(), kube::Error> {
    let this = Preconditions { uid: Some(uid.to_owned()), resource_version: None };
    api.delete(name, &DeleteParams::background().preconditions(this)).await.map(|_| ())
}

async fn suspend(api: &Api<Delivery>, name: &str, uid: &str, suspend: bool) -> Result<(), kube::Error> {
    let change = json!({ "metadata": { "uid": uid }, "spec": { "suspend": suspend } });
    let parameters = PatchParams { field_manager: Some(MANAGER.to_owned()), ..PatchParams::default() };
    api.patch(name, &parameters, &Patch::Merge(&change)).await.map(|_| ())
}
