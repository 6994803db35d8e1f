//! One run: cleans up, starts a delivery, follows it over the WebSocket to its end, and cancels it if it does not arrive.

use std::convert::Infallible;
use std::time::{Duration, Instant};

use delivery_messages::{Action, Command, Millis};
use jiff::Timestamp;
use tokio::time::{sleep, timeout};
use uuid::Uuid;

use crate::config::Config;
use crate::failure::Failure;
use crate::frames::{Delivery, Frame};
use crate::metrics::Metrics;
use crate::socket::{Cut, Socket};
use crate::watch::Watch;

/// The time before a new connection.
const RETRY: Duration = Duration::from_secs(1);
/// The time before a request that was refused is made again.
const ASK_AGAIN: Duration = Duration::from_secs(5);
/// For how long nothing more may come after the end.
const QUIET: Duration = Duration::from_secs(3);
/// What a run gets beside its limit while the installation may be new, to wait for a gateway that is not ready and for a route that is not
/// known yet.
pub(crate) const PATIENCE: Duration = Duration::from_mins(1);
/// How long cleaning up may take.
pub(crate) const CLEAN_UP_LIMIT: Duration = Duration::from_secs(10);

/// A run under way.
#[derive(Debug)]
pub(crate) struct Round<'a> {
    config: &'a Config,
    metrics: &'a Metrics,
    /// How long requests may be refused for a reason that passes by itself; the run may take so much longer than its limit.
    patience: Duration,
    request_id: String,
    watch: Watch,
    /// Where the next connection resumes.
    cursor: Option<String>,
    /// Why there is no connection at the moment.
    lost: Option<String>,
    /// When a request of this run was first refused for a reason that may pass, and why the last one was.
    refused: Option<(Instant, Failure)>,
}

impl<'a> Round<'a> {
    /// A run that has not begun.
    pub(crate) fn new(config: &'a Config, metrics: &'a Metrics, patience: Duration) -> Self {
        let request_id = format!("canary-{}", Uuid::new_v4());
        let watch = Watch::new(request_id.clone());
        Self { config, metrics, patience, request_id, watch, cursor: None, lost: None, refused: None }
    }

    /// Runs to the end, or until `stop`; then there is no result. Nothing of it is under way afterwards, as far as the gateway can be
    /// reached.
    pub(crate) async fn run(mut self, stop: impl Future<Output = ()>) -> Option<Result<(), Failure>> {
        let address = self.config.web_socket();
        let limit = self.config.limit() + self.patience;
        clean_up(&address).await;
        let ended = tokio::select! {
            () = stop => None,
            ended = timeout(limit, Box::pin(self.follow(&address))) => Some(ended),
        };
        let result = ended.map(|ended| ended.unwrap_or_else(|_| Err(self.late())));
        if !matches!(result, Some(Ok(()))) {
            clean_up(&address).await;
        }
        result
    }

    /// Follows the delivery to its end, over as many connections as it takes. A request whose refusal may pass is followed by another.
    async fn follow(&mut self, address: &str) -> Result<(), Failure> {
        loop {
            match self.connected(address).await {
                Ok(()) => return Ok(()),
                Err(Cut::Failed(failure)) => {
                    let since = self.refused.as_ref().map_or_else(Instant::now, |(since, _)| *since);
                    if self.watch.is_accepted() || !failure.may_pass(since.elapsed(), self.patience) {
                        return Err(failure);
                    }
                    tracing::info!("The route is not known yet; asking again. {failure}");
                    let anew = Self::new(self.config, self.metrics, self.patience);
                    *self = Self { refused: Some((since, failure)), ..anew };
                    sleep(ASK_AGAIN).await;
                }
                Err(Cut::Lost(cause)) => {
                    tracing::info!(cause, "The connection to the gateway is lost; connecting again.");
                    self.lost = Some(cause);
                    self.watch.resume();
                    sleep(RETRY).await;
                }
            }
        }
    }

    /// Follows the delivery to its end, over one connection.
    async fn connected(&mut self, address: &str) -> Result<(), Cut> {
        let mut socket = Socket::open(address, self.cursor.as_deref()).await?;
        let first = socket.next().await?;
        self.see(&first)?;
        self.lost = None;
        if !self.watch.is_accepted() {
            // After a lost connection it is the same request, and so the same delivery.
            self.watch.sent(now());
            socket.send("new-direction", &self.config.request(self.request_id.clone())).await?;
        }
        while !self.watch.is_complete() {
            self.take(&mut socket).await?;
        }
        let Ok(Err(cut)) = timeout(QUIET, self.listen(&mut socket)).await else {
            socket.close().await;
            return Ok(());
        };
        // Everything has come; whether the connection lasts does not matter any more.
        if let Cut::Failed(failure) = cut { Err(failure.into()) } else { Ok(()) }
    }

    /// Takes frames until one is wrong, or the connection is lost.
    async fn listen(&mut self, socket: &mut Socket) -> Result<Infallible, Cut> {
        loop {
            self.take(socket).await?;
        }
    }

    async fn take(&mut self, socket: &mut Socket) -> Result<(), Cut> {
        let frame = socket.next().await?;
        self.see(&frame)?;
        match frame {
            Frame::Reconnect { .. } => Err(Cut::Lost("the gateway asks to connect again".to_owned())),
            _ => Ok(()),
        }
    }

    fn see(&mut self, frame: &Frame) -> Result<(), Failure> {
        if let Some(cursor) = frame.cursor() {
            self.cursor = Some(cursor.to_owned());
        }
        for sight in self.watch.see(frame, now())? {
            self.metrics.saw(sight);
        }
        Ok(())
    }

    /// What is wrong now that the time is over.
    fn late(&self) -> Failure {
        let refused = self.refused.as_ref().filter(|_| !self.watch.is_accepted());
        match (&self.lost, refused) {
            (Some(cause), _) => Failure::Unreachable(cause.clone()),
            (None, Some((_, failure))) => failure.clone(),
            (None, None) => self.watch.late(),
        }
    }
}

/// Cancels every delivery of the canary that is under way. What cannot be cancelled now is cancelled before the next run.
async fn clean_up(address: &str) {
    match timeout(CLEAN_UP_LIMIT, Box::pin(cancel_all(address))).await {
        Ok(Ok(0)) => {}
        Ok(Ok(cancelled)) => tracing::info!(cancelled, "Cancelled deliveries of the canary that were still under way."),
        Ok(Err(Cut::Lost(cause))) => tracing::info!(cause, "Cannot look for deliveries of the canary under way."),
        Ok(Err(Cut::Failed(failure))) => tracing::info!("Cannot clean up: {failure}"),
        Err(_) => tracing::info!("Not all deliveries of the canary could be cancelled in time."),
    }
}

/// Cancels them, and waits until they are; how many there were.
async fn cancel_all(address: &str) -> Result<usize, Cut> {
    let mut socket = Socket::open(address, None).await?;
    let Frame::Listing { deliveries, .. } = socket.next().await? else { return Ok(0) };
    let mut left: Vec<String> =
        deliveries.into_iter().filter(Delivery::is_under_way).map(|delivery| delivery.delivery_id).collect();
    let count = left.len();
    for delivery_id in &left {
        let command = Command {
            delivery_id: delivery_id.clone(),
            request_id: format!("canary-{}", Uuid::new_v4()),
            action: Action::Cancel,
        };
        socket.send("command", &command).await?;
    }
    while !left.is_empty() {
        if let Frame::Cancelled { delivery_id } | Frame::Finished { delivery_id } = socket.next().await? {
            left.retain(|id| *id != delivery_id);
        }
    }
    socket.close().await;
    Ok(count)
}

fn now() -> Millis {
    Timestamp::now().as_millisecond()
}

#[cfg(test)]
#[path = "tests/round.rs"]
mod tests;
