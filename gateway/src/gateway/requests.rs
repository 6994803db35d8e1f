//! Serves a client's start or command: checks it, sends it to Kafka, and makes sure that the client gets a reply. Notes whose
//! notifications a client is told of.

use std::sync::Arc;
use std::time::Instant;

use delivery_messages::{Command, DecodeError, NewDirection};
use tokio_tungstenite::tungstenite::Utf8Bytes;

use crate::gateway::budgets::{Budget, OverBudget};
use crate::gateway::shared::{Client, Gateway, new_id};
use crate::model::record::Rejection;
use crate::model::scope::Scope;
use crate::protocol::frames;
use crate::protocol::recipients::Recipients;
use crate::stream::publication::snapshot::DeliverySnapshot;

impl Gateway {
    /// Serves a start. The reply is sent at once when the gateway knows it, otherwise when the hub reads it from Kafka.
    pub(crate) fn start(self: &Arc<Self>, client: &Client, mut request: NewDirection) {
        let id = request.request_id.get_or_insert_with(new_id).clone();
        request.client_id = self.pseudonyms.of(client.address);
        let within = self.within(Budget::Starts, client);
        let allowed = within.and_then(|()| self.may_start(&client.scope, &request.route_id));
        if let Err(error) = allowed.and_then(|()| request.check().map_err(RequestError::Invalid)) {
            self.refuse(client, "start", &id, &error);
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
        let within = self.within(Budget::Commands, client);
        if let Err(error) = within.and_then(|()| self.may_command(&client.scope, &command)) {
            self.refuse(client, "command", &command.request_id, &error);
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

    /// Replaces the recipients whose notifications the client is told of, and confirms it.
    pub(crate) fn listen(&self, client: &Client, recipients: Recipients) {
        let within = self.within(Budget::Recipients, client);
        let frame = match within.and_then(|()| self.may_listen(&client.scope)) {
            Ok(()) => {
                let confirmed = frames::notifications(&recipients);
                self.live.listeners().set(client.connection, recipients, client.replies.clone());
                client.replies.add_surely(confirmed);
                return;
            }
            Err(RequestError::OverBudget(over)) => over.frame(None),
            Err(error) => {
                self.metrics.bad_frame(error.reason());
                frames::error(error.reason(), &error.to_string())
            }
        };
        reply(client, frame);
    }

    fn refuse(&self, client: &Client, request: &'static str, request_id: &str, error: &RequestError) {
        self.metrics.request(request, error.reason());
        let frame = match error {
            RequestError::OverBudget(over) => over.frame(Some(request_id)),
            _ => frames::rejected(&error.rejection(request_id)),
        };
        reply(client, frame);
    }

    /// Takes a request off the budget of its client's address.
    fn within(&self, budget: Budget, client: &Client) -> Result<(), RequestError> {
        self.budgets.take(budget, client.address, Instant::now()).map_err(RequestError::OverBudget)
    }

    /// Whether a delivery can be started on a route.
    ///
    /// # Errors
    /// The reply to the client.
    pub(crate) fn check_start(&self, scope: &Scope, route_id: &str, request_id: &str) -> Result<(), Rejection> {
        self.may_start(scope, route_id).map_err(|error| error.rejection(request_id))
    }

    fn may_start(&self, scope: &Scope, route_id: &str) -> Result<(), RequestError> {
        if !scope.may_request {
            Err(RequestError::MayNotStart)
        } else if self.live.published().catalogue().route(route_id).is_none() {
            Err(RequestError::UnknownRoute(route_id.to_owned()))
        } else {
            Ok(())
        }
    }

    /// Recipients have no namespace, so only those who see everything may listen for them.
    fn may_listen(&self, scope: &Scope) -> Result<(), RequestError> {
        if !self.notifications {
            Err(RequestError::NotificationsOff)
        } else if !scope.shows_all() {
            Err(RequestError::MayNotListen)
        } else {
            Ok(())
        }
    }

    fn may_command(&self, scope: &Scope, command: &Command) -> Result<(), RequestError> {
        let id = command.delivery_id.clone();
        let seen = |shown: &&Arc<DeliverySnapshot>| scope.shows(&shown.delivery.about);
        let phase = self.live.published().delivery(&id).filter(seen).map(|shown| shown.delivery.phase);
        match phase {
            None => Err(RequestError::UnknownDelivery(id)),
            Some(_) if !scope.may_request => Err(RequestError::MayNotCommand(id)),
            Some(phase) if phase.is_final() => Err(RequestError::DeliveryEnded(id, phase.name())),
            Some(_) => Ok(()),
        }
    }
}

/// Why a request is not sent to Kafka.
#[derive(Debug, thiserror::Error)]
enum RequestError {
    #[error("You have read-only access: you cannot start deliveries.")]
    MayNotStart,
    #[error("The route {0:?} does not exist. GET /routes lists the routes.")]
    UnknownRoute(String),
    #[error("No delivery {0:?} is under way. GET /deliveries lists those that are.")]
    UnknownDelivery(String),
    #[error("You have read-only access: you cannot send commands to the delivery {0:?}.")]
    MayNotCommand(String),
    #[error("The delivery {0:?} has already ended ({1}).")]
    DeliveryEnded(String, &'static str),
    #[error("This gateway does not relay notifications. Ask the notifications service from time to time instead.")]
    NotificationsOff,
    #[error("You may see some deliveries only, so you are not told of notifications.")]
    MayNotListen,
    /// No delivery can have what it asks for.
    #[error(transparent)]
    Invalid(DecodeError),
    #[error(transparent)]
    OverBudget(OverBudget),
}

impl RequestError {
    /// A stable name for the client and for metrics.
    const fn reason(&self) -> &'static str {
        match self {
            Self::MayNotStart | Self::MayNotCommand(_) | Self::MayNotListen => "NotAllowed",
            Self::UnknownRoute(_) => "UnknownRoute",
            Self::UnknownDelivery(_) => "UnknownDelivery",
            Self::DeliveryEnded(..) => "DeliveryEnded",
            Self::NotificationsOff => "NotificationsOff",
            Self::Invalid(_) => "InvalidRequest",
            Self::OverBudget(_) => OverBudget::REASON,
        }
    }

    fn rejection(&self, request_id: &str) -> Rejection {
        Rejection { request_id: request_id.to_owned(), reason: self.reason().to_owned(), message: self.to_string() }
    }
}

fn reply(client: &Client, text: Utf8Bytes) {
    client.replies.add(text);
}
