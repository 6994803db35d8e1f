//! Serves a client's start or command: checks it, sends it to Kafka, and sees to it that the client gets a reply.

use std::sync::Arc;

use delivery_messages::{Command, NewDirection};
use tokio_tungstenite::tungstenite::Utf8Bytes;

use crate::gateway::shared::{Client, Gateway, new_id};
use crate::model::delivery::Phase;
use crate::model::record::Rejection;
use crate::model::scope::Scope;
use crate::protocol::frames;
use crate::stream::snapshot::Shown;

impl Gateway {
    /// Serves a start. An answer comes at once when the gateway knows it, else when the hub hears it.
    pub fn start(self: &Arc<Self>, client: &Client, mut request: NewDirection) {
        let id = request.request_id.get_or_insert_with(new_id).clone();
        request.client_id.clone_from(&client.id);
        if let Err(rejection) = self.check_start(&client.scope, &request.route_id, &id) {
            self.metrics.request("start", if client.scope.may_ask { "UnknownRoute" } else { "NotAllowed" });
            reply(client, frames::rejected(&rejection));
            return;
        }
        // Waits before it looks, so that an answer that comes in between is not missed.
        self.live.waiting().register(client.connection, &id, client.replies.clone());
        if let Some(known) =
            self.live.board().of_request(&id).filter(|shown| client.scope.shows(&shown.delivery.about)).cloned()
        {
            self.live.waiting().cancel(client.connection, &id);
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

    /// Serves a command.
    pub fn command(self: &Arc<Self>, client: &Client, mut command: Command) {
        if command.request_id.is_empty() {
            command.request_id = new_id();
        }
        if let Err((reason, message)) = self.check_command(&client.scope, &command) {
            self.metrics.request("command", reason);
            let rejection = Rejection { request_id: command.request_id.clone(), reason: reason.to_owned(), message };
            reply(client, frames::rejected(&rejection));
            return;
        }
        self.live.waiting().register(client.connection, &command.request_id, client.replies.clone());
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
    /// The answer to who asked.
    pub fn check_start(&self, scope: &Scope, route_id: &str, request_id: &str) -> Result<(), Rejection> {
        let (reason, message) = if !scope.may_ask {
            ("NotAllowed", "You may look on here, but not start deliveries.".to_owned())
        } else if self.live.board().catalogue().route(route_id).is_none() {
            (
                "UnknownRoute",
                format!(
                    "There is no route {route_id:?} to start a delivery on; GET /routes lists those that there are."
                ),
            )
        } else {
            return Ok(());
        };
        Err(Rejection { request_id: request_id.to_owned(), reason: reason.to_owned(), message })
    }

    fn check_command(&self, scope: &Scope, command: &Command) -> Result<(), (&'static str, String)> {
        let id = &command.delivery_id;
        let seen = |shown: &&Arc<Shown>| scope.shows(&shown.delivery.about);
        let phase = self.live.board().delivery(id).filter(seen).map(|shown| shown.delivery.phase);
        match phase {
            None => Err((
                "UnknownDelivery",
                format!("There is no delivery {id:?} under way; GET /deliveries lists those that are."),
            )),
            Some(_) if !scope.may_ask => {
                Err(("NotAllowed", format!("You may look at the delivery {id:?}, but not change its course.")))
            }
            Some(phase) if phase.is_final() => Err((
                "DeliveryEnded",
                format!("The delivery {id:?} has ended ({}), so its course cannot be changed.", Phase::name(phase)),
            )),
            Some(_) => Ok(()),
        }
    }
}

/// A client that does not read its answers does without.
fn reply(client: &Client, text: Utf8Bytes) {
    let _ = client.replies.try_send(text.into());
}
