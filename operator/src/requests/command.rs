//! Serves commands: suspends, resumes or cancels the Delivery that a record of `delivery.command` names.
//!
//! They change the object alone; what follows is left to the reconciliation.

use std::sync::Arc;

use delivery_api::Delivery;
use delivery_messages::{Action, Command, Topic};
use kube::api::{DeleteParams, Patch, PatchParams, Preconditions};
use kube::{Api, Client};
use serde_json::json;

use crate::base::api::answered;
use crate::base::names::FIELD_MANAGER;
use crate::base::objects::{Objects, phase};
use crate::base::subject::ObjectKey;
use crate::requests::outcome::{Outcome, Refusal, Retry};

/// The longest delivery id in a message.
const MAX_ID: usize = 64;

/// What serving commands needs.
pub(crate) struct Commander {
    pub client: Client,
    pub objects: Arc<Objects>,
}

impl Commander {
    /// Serves one record.
    ///
    /// # Errors
    /// When the API server does not answer, or not as expected: the record must be retried.
    pub(crate) async fn serve(&self, value: Option<&[u8]>) -> Result<Outcome, Retry> {
        let command: Command = match delivery_messages::decode(Topic::Command, value) {
            Ok(command) => command,
            Err(error) => return Ok(Outcome::Rejected(Refusal::from(error).of(None))),
        };
        let id = &command.delivery_id;
        let rejected = |refusal: Refusal| {
            Ok(Outcome::Rejected(refusal.of(Some(command.request_id.clone()).filter(|id| !id.is_empty()))))
        };
        let mut keys = self.objects.deliveries().filter_map(|found| Some((ObjectKey::of(found.as_ref()).ok()?, found)));
        let Some((ObjectKey { namespace, name, .. }, found)) = keys.find(|(key, _)| key.uid == *id) else {
            return rejected(Refusal::UnknownDelivery(shortened(id)));
        };
        if phase(&found).is_final() {
            return rejected(Refusal::DeliveryEnded(name));
        }
        let api: Api<Delivery> = Api::namespaced(self.client.clone(), &namespace);
        let done = match command.action {
            Action::Cancel => delete(&api, &name, id).await,
            Action::Suspend => suspend(&api, &name, id, true).await,
            Action::Resume => suspend(&api, &name, id, false).await,
        };
        match done {
            Ok(()) => Ok(Outcome::Done),
            Err(error) if answered(&error, 404) || answered(&error, 409) => {
                rejected(Refusal::DeliveryGone(shortened(id)))
            }
            Err(error) => match Refusal::by_the_api_server(&error, &namespace) {
                Some(refusal) => rejected(refusal),
                None => Err(Retry::api("change", &name)(error)),
            },
        }
    }
}

/// An id as any client may have written it, fit for a message.
fn shortened(id: &str) -> String {
    id.chars().take(MAX_ID).collect()
}

async fn delete(api: &Api<Delivery>, name: &str, uid: &str) -> Result<(), kube::Error> {
    let only = Preconditions { uid: Some(uid.to_owned()), resource_version: None };
    api.delete(name, &DeleteParams::background().preconditions(only)).await.map(|_| ())
}

async fn suspend(api: &Api<Delivery>, name: &str, uid: &str, suspend: bool) -> Result<(), kube::Error> {
    let change = json!({ "metadata": { "uid": uid }, "spec": { "suspend": suspend } });
    let parameters = PatchParams { field_manager: Some(FIELD_MANAGER.to_owned()), ..PatchParams::default() };
    api.patch(name, &parameters, &Patch::Merge(&change)).await.map(|_| ())
}
