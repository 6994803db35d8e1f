//! The loop of one WebSocket connection: the client's messages, the timers, and what the client is sent next.
//!
//! The task holds no queue of positions: whenever the client can take more, its feed sends what the client does not
//! have yet. While the client has everything, its shard ([`crate::writers`]) sends it what comes, and the task sleeps until the client sends
//! something, a timer ends, or the shard cannot go on.

use std::pin::pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use delivery_http_server::PeerAddress;
use delivery_http_server::token_bucket::{Rate, TokenBucket};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::time::{MissedTickBehavior, interval_at, sleep_until};
use tokio_tungstenite::tungstenite::error::{CapacityError, ProtocolError};
use tokio_tungstenite::tungstenite::{Bytes, Error, Message, Utf8Bytes};

use super::all::AllFeed;
use super::feed::PositionFeed;
use super::latest::LatestFeed;
use super::peer::Peer;
use super::pings::Pings;
use super::wire::{Disconnect, Step, Wire};
use crate::gateway::budgets::Budget;
use crate::gateway::shared::{Admission, Client, Gateway};
use crate::model::clock::now;
use crate::protocol::frames::{self, SnapshotReason};
use crate::protocol::incoming::{BadFrame, Request, read};
use crate::protocol::subscription::{Mode, Subscription};
use crate::stream::clients::interest::Interest;
use crate::stream::clients::replies::Replies;
use crate::writers::progress::Place;
use crate::writers::shard::Membership;

/// Within what time a client should reconnect: elsewhere, or with its cursor.
const RECONNECT_WITHIN: Duration = Duration::from_secs(1);
/// How long a client that was asked to reconnect is still served, so that its new connection can be up before this one
/// closes.
pub(crate) const FAREWELL: Duration = Duration::from_secs(2);

/// What a connection's task wakes up for.
enum Event<A> {
    Received(Option<Result<Message, Error>>),
    Reply(Utf8Bytes),
    Tick,
    /// The connection's turn to end.
    Ending,
    Arrival(A),
    /// The shard cannot go on.
    Woken,
    Behind,
}

/// A connection, with the feed of its mode.
struct Session<F> {
    /// In a place of its own: where it is moved from, the task would keep room for it.
    peer: Box<Peer>,
    feed: F,
    /// Its place in its shard.
    membership: Membership,
    pings: Pings,
    frames: TokenBucket,
}

/// Serves one connection to its end. `already` is what came with the upgrade request.
pub(crate) async fn serve(
    gateway: Arc<Gateway>,
    subscription: Subscription,
    tcp: TcpStream,
    already: Bytes,
    admission: Admission,
) {
    let Admission { address, permit, open } = admission;
    // Each mode is boxed separately, so that a connection only takes the memory of its own mode.
    match subscription.kind.mode {
        Mode::Latest => Box::pin(run::<LatestFeed>(gateway, subscription, tcp, already, address)).await,
        Mode::All => Box::pin(run::<AllFeed>(gateway, subscription, tcp, already, address)).await,
    }
    drop((permit, open));
}

async fn run<F: PositionFeed>(
    gateway: Arc<Gateway>,
    subscription: Subscription,
    tcp: TcpStream,
    already: Bytes,
    address: PeerAddress,
) {
    let Subscription { kind, cursor, filter } = subscription;
    let wire = Wire::new(tcp, already, gateway.limits.frame_bytes).await;
    let scope = Arc::clone(&gateway.scope);
    let interest = Interest::new(&scope, filter);
    let connection = gateway.next_connection();
    let client = Client { connection, address, replies: Replies::default(), scope };
    gateway.metrics.opened(kind);
    let mut peer = Box::new(Peer::new(Arc::clone(&gateway), wire, client, kind, interest));
    let membership = gateway.writers.join(connection, kind, peer.sent.clone());
    let started = Instant::now();
    // The first messages need a large buffer, but only once.
    let (peer, end, cursor) = match Box::pin(F::start(&mut peer, cursor)).await {
        Step::Break(end) => (peer, end, None),
        Step::Continue(feed) => {
            let frames = TokenBucket::full(rate_of_frames(&gateway), started);
            let mut session = Session { peer, feed, membership, pings: Pings::new(started), frames };
            let end = match session.run().await {
                Step::Break(end) => end,
                Step::Continue(()) => Disconnect::Lost,
            };
            let cursor = session.feed.cursor().map(str::to_owned);
            (session.peer, end, cursor)
        }
    };
    gateway.live.pending().leave(connection);
    gateway.live.listeners().leave(connection);
    gateway.metrics.closed(kind, end.reason());
    // The last frame carries the cursor from which the client can resume.
    let last = match end {
        Disconnect::Draining => cursor.as_deref().map(frames::heartbeat),
        Disconnect::FellOff => Some(frames::reconnect(cursor.as_deref(), RECONNECT_WITHIN, "fellOff")),
        _ => None,
    };
    Box::pin(peer.wire.close(end, last)).await;
}

impl<F: PositionFeed> Session<F> {
    async fn run(&mut self) -> Step {
        let gateway = Arc::clone(&self.peer.gateway);
        let period = F::period(self.peer.kind);
        let mut tick = interval_at(tokio::time::Instant::now() + period, period);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut turn = turn(self.peer.client.connection, gateway.drain);
        // Made once, and not with every turn of the loop: it is a place in a list that all connections share.
        let mut ending = pin!(asked_to_end(gateway.draining.clone(), turn));
        let mut sent_elsewhere = false;
        // While the client is up to date, its shard has it.
        let mut behind = true;
        loop {
            // In this order, because the last branch is ready at once as long as the client is behind, and would starve
            // the others. The client's messages come first: a close, or a new filter, makes the rest needless, and the
            // rate limit keeps them from starving what follows. Then the replies that a person waits for, the timers,
            // and last the stream.
            let event = tokio::select! {
                biased;
                received = self.peer.wire.next() => Event::Received(received),
                text = self.peer.client.replies.next() => Event::Reply(text),
                _ = tick.tick() => Event::Tick,
                () = ending.as_mut() => Event::Ending,
                arrival = self.feed.arrival() => Event::Arrival(arrival),
                () = self.membership.slot.woken(), if !behind => Event::Woken,
                () = std::future::ready(()), if behind => Event::Behind,
            };
            // The shard sends the cursor of a client that gets positions one by one, with a position.
            if matches!(event, Event::Tick) {
                let now = Instant::now();
                if !self.pings.are_due(now) && self.membership.slot.told_lately(now) {
                    continue;
                }
            }
            // Each step is boxed: a connection that is up to date, as most are, holds no room for them.
            if !behind {
                Box::pin(self.take_back()).await?;
                behind = true;
            }
            match event {
                Event::Received(received) => Box::pin(self.receive(received)).await?,
                Event::Reply(text) => Box::pin(self.peer.send(&text)).await?,
                Event::Tick => Box::pin(self.tick()).await?,
                Event::Ending => {
                    if sent_elsewhere {
                        return Step::Break(Disconnect::Draining);
                    }
                    let text = frames::reconnect(self.feed.cursor(), RECONNECT_WITHIN, "draining");
                    Box::pin(self.peer.send(&text)).await?;
                    sent_elsewhere = true;
                    turn += FAREWELL;
                    ending.set(asked_to_end(gateway.draining.clone(), turn));
                }
                Event::Arrival(arrival) => Box::pin(self.feed.take(&mut self.peer, arrival)).await?,
                Event::Woken => {}
                Event::Behind => behind = Box::pin(self.catch_up()).await?,
            }
        }
    }

    /// Sends a part of what the client does not have yet; true when there is more. When there is not, its shard has the client.
    async fn catch_up(&mut self) -> Step<bool> {
        let version = self.peer.gateway.live.version();
        if self.feed.send_next(&mut self.peer).await? {
            return Step::Continue(true);
        }
        let socket = self.peer.wire.share().await?;
        let slot = &self.membership.slot;
        if let Some((status, progress)) = self.peer.told().zip(self.feed.progress(self.peer.kind)) {
            slot.lend(socket, Place { progress, status, interest: self.peer.interest.take() });
        } else {
            slot.sleep();
        }
        // The shard may have gone past before it had the client.
        if self.peer.gateway.live.version() == version {
            return Step::Continue(false);
        }
        self.take_back().await?;
        Step::Continue(true)
    }

    /// Takes the client back from its shard, and sends what the shard has left of a frame.
    async fn take_back(&mut self) -> Step {
        let Some((place, rest)) = self.membership.slot.take() else { return Step::Continue(()) };
        self.feed.go_on_from(place.progress);
        self.peer.interest = place.interest;
        if let Some(rest) = rest {
            self.peer.wire.finish(&rest).await?;
            self.peer.sent.written(&rest.written, now());
        }
        Step::Continue(())
    }

    async fn tick(&mut self) -> Step {
        if self.pings.are_due(Instant::now()) {
            if self.pings.are_ignored() {
                return Step::Break(Disconnect::Silent);
            }
            self.peer.wire.ping().await?;
            self.pings.sent(Instant::now());
        }
        self.feed.tick(&mut self.peer).await?;
        self.peer.wire.flush().await
    }

    /// Serves what the client sent.
    async fn receive(&mut self, received: Option<Result<Message, Error>>) -> Step {
        let message = match received {
            None | Some(Err(Error::ConnectionClosed)) => return Step::Break(Disconnect::Client),
            Some(Ok(message)) => message,
            Some(Err(Error::Capacity(CapacityError::MessageTooLong { .. }))) => {
                self.refuse(&BadFrame::TooLarge(self.peer.gateway.limits.frame_bytes)).await?;
                return Step::Break(Disconnect::TooLarge);
            }
            Some(Err(Error::Utf8(_))) => return Step::Break(Disconnect::NotUtf8),
            Some(Err(Error::Protocol(error))) if error != ProtocolError::ResetWithoutClosingHandshake => {
                return Step::Break(Disconnect::Protocol);
            }
            Some(Err(_)) => return Step::Break(Disconnect::Lost),
        };
        let now = Instant::now();
        self.pings.answered();
        if !self.frames.take(rate_of_frames(&self.peer.gateway), now) {
            self.refuse(&BadFrame::TooMany(self.peer.gateway.limits.frames_per_second)).await?;
            return Step::Break(Disconnect::TooMany);
        }
        let peer = &mut self.peer;
        match message {
            Message::Text(text) => match read(&text) {
                Ok(Request::Start(request)) => peer.gateway.start(&peer.client, request),
                Ok(Request::Command(command)) => peer.gateway.command(&peer.client, command),
                Ok(Request::Notifications(recipients)) => peer.gateway.listen(&peer.client, recipients),
                Ok(Request::Filter(filter)) => {
                    if let Err(over) = peer.gateway.budgets.take(Budget::Filters, peer.client.address, now) {
                        return peer.send(&over.frame(None)).await;
                    }
                    peer.interest = Interest::new(&peer.client.scope, filter);
                    self.feed.restart(peer, SnapshotReason::Filter).await?;
                }
                Err(error) => self.refuse(&error).await?,
            },
            Message::Binary(_) => self.refuse(&BadFrame::Binary).await?,
            Message::Close(_) => return Step::Break(Disconnect::Client),
            Message::Ping(_) | Message::Pong(_) | Message::Frame(_) => {}
        }
        Step::Continue(())
    }

    async fn refuse(&mut self, error: &BadFrame) -> Step {
        self.peer.gateway.metrics.bad_frame(error.reason());
        self.peer.send(&frames::error(error.reason(), &error.to_string())).await
    }
}

/// How many frames a client may send.
fn rate_of_frames(gateway: &Gateway) -> Rate {
    Rate::new(gateway.limits.frames_per_second, 1)
}

/// Waits until the process is asked to shut down, and then for this connection's turn within the drain time.
async fn asked_to_end(mut draining: watch::Receiver<Option<Instant>>, turn: Duration) {
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
