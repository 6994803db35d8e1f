//! Serves a client's start or command: checks it, sends it to Kafka, and makes sure that the client gets a reply.

use std::sync::Arc;

use delivery_messages::{Command, NewDirection};
use tokio_tungstenite::tungstenite::Utf8Bytes;

use crate::gateway::shared::{Client, Gateway, new_id};
use crate::model::delivery::Phase;
use crate::model::record::Rejection;
use crate::model::scope::Scope;
use crate::protocol::frames;
use crate::stream::snapshot::DeliverySnapshot;

impl Gateway {
    /// Serves a start. The reply comes at once when the gateway knows it, otherwise when the hub reads it from Kafka.
    pub(crate) fn start(self: &Arc<Self>, client: &Client, mut request: NewDirection) {
        let id = request.request_id.get_or_insert_with(new_id).clone();
        request.client_id.clone_from(&client.id);
        if let Err(rejection) = self.check_start(&client.scope, &request.route_id, &id) {
            self.metrics.request("start", if client.scope.may_request { "UnknownRoute" } else { "NotAllowed" });
            reply(client, frames::rejected(&rejection));
            return;
        }
        // Registered before the lookup, so that a reply that comes in between is not missed.
        self.live.pending().register(client.connection, &id, client.replies.clone());
        if let Some(known) =
            self.live.published().of_request(&id).filter(|shown| client.scope.shows(&shown.delivery.about)).cloned()
        {
            self.live.pending().cancel(client.connection, &id);
            self.metrics.request("start", "repeat");
            reply(client, frames::accepted(&id, &known.delivery));
            return;
        }
        let gateway = Arc::clone(self);
        tokio::spawn(async move {
            if let Err(error) = gateway.requests.start(&request, None).await {
                gateway.live.reject(&error.rejection(&id));
            }
        });
    }

    pub(crate) fn command(self: &Arc<Self>, client: &Client, mut command: Command) {
        if command.request_id.is_empty() {
            command.request_id = new_id();
        }
        if let Err((reason, message)) = self.check_command(&client.scope, &command) {
            self.metrics.request("command", reason);
            let rejection = Rejection { request_id: command.request_id.clone(), reason: reason.to_owned(), message };
            reply(client, frames::rejected(&rejection));
            return;
        }
        self.live.pending().register(client.connection, &command.request_id, client.replies.clone());
        let gateway = Arc::clone(self);
        tokio::spawn(async move {
            if let Err(error) = gateway.requests.command(&command).await {
                gateway.live.reject(&error.rejection(&command.request_id));
            }
        });
    }

    /// Whether a delivery can be started on a route.
    ///
    /// # Errors
    /// The reply to the client.
    pub(crate) fn check_start(&self, scope: &Scope, route_id: &str, request_id: &str) -> Result<(), Rejection> {
        let (reason, message) = if !scope.may_request {
            ("NotAllowed", "You have read-only access: you cannot start deliveries.".to_owned())
        } else if self.live.published().catalogue().route(route_id).is_none() {
            ("UnknownRoute", format!("The route {route_id:?} does not exist. GET /routes lists the routes."))
        } else {
            return Ok(());
        };
        Err(Rejection { request_id: request_id.to_owned(), reason: reason.to_owned(), message })
    }

    fn check_command(&self, scope: &Scope, command: &Command) -> Result<(), (&'static str, String)> {
        let id = &command.delivery_id;
        let seen = |shown: &&Arc<DeliverySnapshot>| scope.shows(&shown.delivery.about);
        let phase = self.live.published().delivery(id).filter(seen).map(|shown| shown.delivery.phase);
        match phase {
            None => Err((
                "UnknownDelivery",
                format!("No delivery {id:?} is under way. GET /deliveries lists those that are."),
            )),
            Some(_) if !scope.may_request => Err((
                "NotAllowed",
                format!("You have read-only access: you cannot send commands to the delivery {id:?}."),
            )),
            Some(phase) if phase.is_final() => {
                Err(("DeliveryEnded", format!("The delivery {id:?} has already ended ({}).", Phase::name(phase))))
            }
            Some(_) => Ok(()),
        }
    }
}

/// A client that does not read its replies does not get this one.
fn reply(client: &Client, text: Utf8Bytes) {
    let _ = client.replies.try_send(text.into());
}
