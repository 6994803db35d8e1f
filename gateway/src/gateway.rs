//! What every connection and every HTTP request shares, and the serving of a client's request.

use crate::backlog::Backlog;
use crate::board::Shown;
use crate::config::Limits;
use crate::delivery::Phase;
use crate::frames;
use crate::history::reader::History;
use crate::live::{Live, Told};
use crate::metrics::Metrics;
use crate::origin::AllowedOrigins;
use crate::record::Rejection;
use crate::requests::Requests;
use crate::scope::Scope;
use crate::search::index::Index;
use delivery_messages::{Command, NewDirection};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};
use tokio::sync::{Semaphore, mpsc, watch};
use tokio_tungstenite::tungstenite::Utf8Bytes;

/// What all share.
pub struct Gateway {
    /// What is shown.
    pub live: Arc<Live>,
    /// The way to Kafka.
    pub requests: Requests,
    /// What is past; none in an installation without `MongoDB`.
    pub history: Option<Arc<History>>,
    /// Where everybody was; none in an installation without Elasticsearch.
    pub search: Option<Index>,
    /// What is counted.
    pub metrics: Metrics,
    /// What strangers may use.
    pub limits: Limits,
    /// Which pages may talk to the gateway.
    pub origins: AllowedOrigins,
    /// What every connection and every request may see and do.
    pub scope: Arc<Scope>,
    /// The way to what is older than the ring.
    pub backlog: Backlog,
    /// A place for each WebSocket connection.
    pub places: Arc<Semaphore>,
    /// When the process was asked to end.
    pub draining: watch::Receiver<Option<Instant>>,
    /// Over how long connections are closed then.
    pub drain: Duration,
    /// Numbers the connections.
    pub connections: AtomicU64,
}

/// A client, as far as its requests go.
pub struct Client {
    /// The number of its connection.
    pub connection: u64,
    /// What its requests call it; nobody else sees it.
    pub id: String,
    /// The way back.
    pub replies: mpsc::Sender<Told>,
    /// What it may see and do.
    pub scope: Arc<Scope>,
}

impl Gateway {
    /// A number that no other connection has.
    pub fn next_connection(&self) -> u64 {
        self.connections.fetch_add(1, Ordering::Relaxed)
    }

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

/// A new identity of a request or of a client.
#[must_use]
pub fn new_id() -> String {
    uuid::Uuid::new_v4().to_string()
}
