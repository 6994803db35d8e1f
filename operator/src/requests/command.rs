//! Serves commands: suspends, resumes or cancels the Delivery that a record of `delivery.command` names.
//!
//! They change the object alone; what follows is left to the reconciliation. Who commanded what stands in the log and in an Event of the
//! Delivery, as far as the record tells: the request's id and where the record is.

use std::sync::Arc;

use delivery_api::names::COMMAND_ANNOTATION;
use delivery_api::{Delivery, DeliverySpec};
use delivery_controller::events::{self, Events};
use delivery_messages::{Action, Command, Topic};
use kube::api::{DeleteParams, Patch, PatchParams, Preconditions};
use kube::{Api, Client, Resource, ResourceExt};
use kube_runtime::events::EventType;
use serde_json::json;

use crate::base::api::{answered, is_the_namespaces};
use crate::base::names::FIELD_MANAGER;
use crate::base::objects::{GuardedDelivery, Objects, phase};
use crate::base::subject::ObjectKey;
use crate::log::connection::Log;
use crate::requests::last_command::{self, is_outdated};
use crate::requests::outcome::{Outcome, Refusal, Retry};
use crate::requests::request::Origin;

/// The longest delivery id in a message.
const MAX_ID: usize = 64;

/// What serving commands needs.
pub(crate) struct Commander {
    pub client: Client,
    pub objects: Arc<Objects>,
    pub events: Events,
    pub log: Arc<Log>,
}

impl Commander {
    /// Serves one record.
    ///
    /// # Errors
    /// When the API server does not answer, or not as expected: the record must be retried.
    pub(crate) async fn serve(&self, origin: &Origin, value: Option<&[u8]>) -> Result<Outcome, Retry> {
        let command: Command = match delivery_messages::decode(Topic::Command, value) {
            Ok(command) => command,
            Err(error) => return Ok(Outcome::Rejected(Refusal::from(error).of(None))),
        };
        let id = &command.delivery_id;
        let rejected = |refusal: Refusal| {
            Ok(Outcome::Rejected(refusal.of(Some(command.request_id.clone()).filter(|id| !id.is_empty()))))
        };
        let mut keys = self.objects.deliveries().filter_map(|found| Some((ObjectKey::of(found.as_ref()).ok()?, found)));
        let Some((key, found)) = keys.find(|(key, _)| key.uid == *id) else {
            return rejected(Refusal::UnknownDelivery(shortened(id)));
        };
        let ObjectKey { namespace, name, .. } = key.clone();
        if found.annotations().get(COMMAND_ANNOTATION).is_some_and(|last| is_outdated(origin, last)) {
            let (record, action) = (&origin.record, action_name(command.action));
            tracing::info!(
                namespace,
                delivery = name,
                action,
                record,
                "Ignored a command: a newer one has taken effect."
            );
            return Ok(Outcome::Repeated);
        }
        if phase(&found).is_final() {
            return rejected(Refusal::DeliveryEnded(name));
        }
        let api: Api<Delivery> = Api::namespaced(self.client.clone(), &namespace);
        let done = match command.action {
            Action::Cancel => delete(&api, &name, id).await,
            Action::Suspend => suspend(&api, &found, true, origin).await,
            Action::Resume => suspend(&api, &found, false, origin).await,
        };
        match done {
            Ok(()) => {
                self.announce(&command, &key, origin).await;
                Ok(Outcome::Done)
            }
            Err(error) if answered(&error, 409) && command.action != Action::Cancel => Err(Retry::Changed(name)),
            Err(error) if answered(&error, 404) || answered(&error, 409) => {
                rejected(Refusal::DeliveryGone(shortened(id)))
            }
            Err(error) => match Refusal::by_the_api_server(&error, &namespace) {
                Some(refusal) => rejected(refusal),
                None if is_the_namespaces(&error) => Err(Retry::Namespace { namespace, name, source: Box::new(error) }),
                None => Err(Retry::api("change", &name)(error)),
            },
        }
    }

    /// Says who commanded what.
    async fn announce(&self, command: &Command, key: &ObjectKey, origin: &Origin) {
        let (ObjectKey { namespace, name, uid }, record) = (key, &origin.record);
        let (action, request) = (action_name(command.action), shortened(&command.request_id));
        tracing::info!(namespace, delivery = name, uid, action, request, record, "Carried out a command.");
        let (reason, verb) = match command.action {
            Action::Cancel => ("CancelCommanded", "cancelled"),
            Action::Suspend => ("SuspendCommanded", "suspended"),
            Action::Resume => ("ResumeCommanded", "resumed"),
        };
        let whose =
            if request.is_empty() { "without a requestId".to_owned() } else { format!("of the request {request}") };
        let note = format!("A command {whose} has {verb} the delivery; its record in Kafka is {record}.");
        let mut object = Delivery::new(name, DeliverySpec::default());
        (object.metadata.namespace, object.metadata.uid) = (Some(namespace.clone()), Some(uid.clone()));
        let event = events::event(EventType::Normal, reason, "Command", &note);
        self.log.note_event(uid, &event);
        self.events.publish(&event, &object.object_ref(&())).await;
    }
}

const fn action_name(action: Action) -> &'static str {
    match action {
        Action::Cancel => "cancel",
        Action::Suspend => "suspend",
        Action::Resume => "resume",
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

/// Changes the object as it was seen and no newer one: a command that was on its way for long must not undo one that overtook it.
async fn suspend(
    api: &Api<Delivery>,
    seen: &GuardedDelivery,
    suspend: bool,
    origin: &Origin,
) -> Result<(), kube::Error> {
    let last = json!({ COMMAND_ANNOTATION: last_command::annotation(origin) });
    let metadata = json!({ "uid": seen.uid(), "resourceVersion": seen.resource_version(), "annotations": last });
    let change = json!({ "metadata": metadata, "spec": { "suspend": suspend } });
    let parameters = PatchParams { field_manager: Some(FIELD_MANAGER.to_owned()), ..PatchParams::default() };
    api.patch(&seen.name_any(), &parameters, &Patch::Merge(&change)).await.map(|_| ())
}
