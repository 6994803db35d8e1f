//! The loop of one WebSocket connection: the client's messages, the timers, and what the client is sent next.
//!
//! The task holds no queue of positions: whenever the client can take more, its feed sends what the client does not
//! have yet.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::net::TcpStream;
use tokio::sync::{OwnedSemaphorePermit, mpsc, watch};
use tokio::time::{MissedTickBehavior, interval_at, sleep_until};
use tokio_tungstenite::tungstenite::error::CapacityError;
use tokio_tungstenite::tungstenite::{Bytes, Error, Message};

use super::all::AllFeed;
use super::feed::{PING_EVERY, PositionFeed};
use super::latest::LatestFeed;
use super::peer::Peer;
use super::rate_limit::RateLimit;
use super::wire::{Disconnect, SILENCE, Step, Wire};
use crate::gateway::shared::{Client, Gateway, new_id};
use crate::protocol::frames::{self, SnapshotReason};
use crate::protocol::incoming::{BadFrame, Request, read};
use crate::protocol::subscription::{Mode, Subscription};
use crate::stream::interest::Interest;
use crate::stream::live::Reply;

/// The maximum number of replies queued for a client that does not read.
const REPLIES: usize = 16;
/// A tick this much before a ping is due sends it, because ticks may come a little early.
const PING_EARLY: Duration = Duration::from_millis(500);
/// Within what time a client should reconnect: elsewhere, or with its cursor.
const RECONNECT_WITHIN: Duration = Duration::from_secs(1);
/// How long a client that was asked to reconnect is still served, so that its new connection can be up before this one
/// closes.
pub(crate) const FAREWELL: Duration = Duration::from_secs(2);

/// A connection, with the feed of its mode.
struct Session<F> {
    peer: Peer,
    feed: F,
    changes: watch::Receiver<u64>,
    /// When the client last sent something.
    received: Instant,
    pinged: Instant,
    rate: RateLimit,
}

/// Serves one connection to its end. `already` is what came with the upgrade request; `permit` counts the connection.
pub(crate) async fn serve(
    gateway: Arc<Gateway>,
    subscription: Subscription,
    tcp: TcpStream,
    already: Bytes,
    permit: OwnedSemaphorePermit,
) {
    // Each mode is boxed separately, so that a connection only takes the memory of its own mode.
    match subscription.kind.mode {
        Mode::Latest => Box::pin(run::<LatestFeed>(gateway, subscription, tcp, already)).await,
        Mode::All => Box::pin(run::<AllFeed>(gateway, subscription, tcp, already)).await,
    }
    drop(permit);
}

async fn run<F: PositionFeed>(gateway: Arc<Gateway>, subscription: Subscription, tcp: TcpStream, already: Bytes) {
    let Subscription { kind, cursor, filter } = subscription;
    let wire = Wire::new(tcp, already, gateway.limits.frame_bytes).await;
    let (sender, replies) = mpsc::channel(REPLIES);
    let scope = Arc::clone(&gateway.scope);
    let interest = Interest::new(&scope, filter);
    let connection = gateway.next_connection();
    let client = Client { connection, id: new_id(), replies: sender, scope };
    gateway.metrics.opened(kind);
    let mut peer = Peer::new(Arc::clone(&gateway), wire, client, kind, interest);
    let changes = gateway.live.changes();
    let started = Instant::now();
    // The first messages need a large buffer, but only once.
    let (peer, end, cursor) = match Box::pin(F::start(&mut peer, cursor)).await {
        Step::Break(end) => (peer, end, None),
        Step::Continue(feed) => {
            let rate = RateLimit::new(gateway.limits.frames_per_second, started);
            let mut session = Session { peer, feed, changes, received: started, pinged: started, rate };
            let end = match session.run(replies).await {
                Step::Break(end) => end,
                Step::Continue(()) => Disconnect::Lost,
            };
            let cursor = session.feed.cursor().map(str::to_owned);
            (session.peer, end, cursor)
        }
    };
    gateway.live.pending().leave(connection);
    gateway.metrics.closed(kind, end.reason());
    // The last frame carries the cursor from which the client can resume.
    let last = match end {
        Disconnect::Draining => cursor.as_deref().map(frames::heartbeat),
        Disconnect::FellOff => Some(frames::reconnect(cursor.as_deref(), RECONNECT_WITHIN, "fellOff")),
        _ => None,
    };
    peer.wire.close(end, last).await;
}

impl<F: PositionFeed> Session<F> {
    async fn run(&mut self, mut replies: mpsc::Receiver<Reply>) -> Step {
        let gateway = Arc::clone(&self.peer.gateway);
        let period = F::period(self.peer.kind);
        let mut tick = interval_at(tokio::time::Instant::now() + period, period);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut draining = gateway.draining.clone();
        let mut turn = turn(self.peer.client.connection, gateway.drain);
        let mut sent_elsewhere = false;
        let mut behind = true;
        loop {
            // In this order, because the last branch is ready at once as long as the client is behind, and would starve
            // the others. The client's messages come first: a close, or a new filter, makes the rest needless, and the
            // rate limit keeps them from starving what follows. Then the replies that a person waits for, the timers,
            // and last the stream.
            tokio::select! {
                biased;
                received = self.peer.wire.next() => behind |= self.receive(received).await?,
                Some(text) = replies.recv() => self.peer.send(&text).await?,
                _ = tick.tick() => self.tick().await?,
                () = asked_to_end(&mut draining, turn) => {
                    if sent_elsewhere {
                        return Step::Break(Disconnect::Draining);
                    }
                    let text = frames::reconnect(self.feed.cursor(), RECONNECT_WITHIN, "draining");
                    self.peer.send(&text).await?;
                    sent_elsewhere = true;
                    turn += FAREWELL;
                }
                arrival = self.feed.arrival() => {
                    self.feed.take(&mut self.peer, arrival).await?;
                    behind = true;
                }
                changed = self.changes.changed(), if !behind => match changed {
                    Ok(()) => behind = true,
                    Err(_) => return Step::Break(Disconnect::Lost),
                },
                () = std::future::ready(()), if behind => {
                    self.changes.mark_unchanged();
                    behind = self.feed.send_next(&mut self.peer).await?;
                }
            }
        }
    }

    async fn tick(&mut self) -> Step {
        if self.pinged.elapsed() + PING_EARLY >= PING_EVERY {
            if self.received.elapsed() >= SILENCE {
                return Step::Break(Disconnect::Silent);
            }
            self.pinged = Instant::now();
            self.peer.wire.ping().await?;
        }
        self.feed.tick(&mut self.peer).await?;
        self.peer.wire.flush().await
    }

    /// Serves what the client sent; true when its feed has restarted.
    async fn receive(&mut self, received: Option<Result<Message, Error>>) -> Step<bool> {
        let message = match received {
            None | Some(Err(Error::ConnectionClosed)) => return Step::Break(Disconnect::Client),
            Some(Ok(message)) => message,
            Some(Err(Error::Capacity(CapacityError::MessageTooLong { .. }))) => {
                self.refuse(&BadFrame::TooLarge(self.peer.gateway.limits.frame_bytes)).await?;
                return Step::Break(Disconnect::TooLarge);
            }
            Some(Err(Error::Protocol(_) | Error::Utf8(_))) => return Step::Break(Disconnect::Protocol),
            Some(Err(_)) => return Step::Break(Disconnect::Lost),
        };
        self.received = Instant::now();
        if !self.rate.take(self.received) {
            self.refuse(&BadFrame::TooMany(self.peer.gateway.limits.frames_per_second)).await?;
            return Step::Break(Disconnect::TooMany);
        }
        let peer = &mut self.peer;
        match message {
            Message::Text(text) => match read(&text) {
                Ok(Request::Start(request)) => peer.gateway.start(&peer.client, request),
                Ok(Request::Command(command)) => peer.gateway.command(&peer.client, command),
                Ok(Request::Filter(filter)) => {
                    peer.interest = Interest::new(&peer.client.scope, filter);
                    self.feed.restart(peer, SnapshotReason::Filter).await?;
                    return Step::Continue(true);
                }
                Err(error) => self.refuse(&error).await?,
            },
            Message::Binary(_) => self.refuse(&BadFrame::Binary).await?,
            Message::Close(_) => return Step::Break(Disconnect::Client),
            Message::Ping(_) | Message::Pong(_) | Message::Frame(_) => {}
        }
        Step::Continue(false)
    }

    async fn refuse(&mut self, error: &BadFrame) -> Step {
        self.peer.gateway.metrics.bad_frame(error.reason());
        self.peer.send(&frames::error(error.reason(), &error.to_string())).await
    }
}

/// Waits until the process is asked to shut down, and then for this connection's turn within the drain time.
async fn asked_to_end(draining: &mut watch::Receiver<Option<Instant>>, turn: Duration) {
    let asked = draining.wait_for(Option::is_some).await.ok().and_then(|asked| *asked);
    match asked {
        Some(asked) => sleep_until((asked + turn).into()).await,
        None => std::future::pending().await,
    }
}

/// A connection's turn: spread over the drain time, always the same for the same connection.
fn turn(connection: u64, drain: Duration) -> Duration {
    // Knuth's multiplicative hash (2^32 / the golden ratio) spreads neighbours apart.
    let spread = u32::try_from(connection.wrapping_mul(2_654_435_761) & 0xffff_ffff).unwrap_or_default();
    drain.mul_f64(f64::from(spread) / f64::from(u32::MAX))
}

#[cfg(test)]
#[path = "tests/session.rs"]
mod tests;
