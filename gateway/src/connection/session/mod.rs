//! One WebSocket connection, until either side closes: what comes from the client, what time brings, and whose turn it is.
//!
//! The task holds no queue of positions: it asks for what its client has not been told whenever the client can take more. What
//! that is, is for [`latest`] and [`all`]; how it is written, for [`say`] and [`crate::connection::wire`].

mod all;
mod latest;
mod say;

use std::sync::Arc;
use std::time::{Duration, Instant};

use all::All;
use futures::StreamExt;
use latest::Latest;
use tokio::net::TcpStream;
use tokio::sync::{OwnedSemaphorePermit, mpsc, oneshot, watch};
use tokio::time::{MissedTickBehavior, interval_at, sleep_until};
use tokio_tungstenite::tungstenite::error::CapacityError;
use tokio_tungstenite::tungstenite::{Bytes, Error, Message, Utf8Bytes};

use crate::connection::rate_limit::Bucket;
use crate::connection::wire::{End, SILENCE, Step, Wire};
use crate::gateway::shared::{Client, Gateway, new_id};
use crate::model::clock::now;
use crate::model::status::Status;
use crate::protocol::frames::{self, Why};
use crate::protocol::incoming::{BadFrame, Request, read};
use crate::protocol::subscription::{Kind, Mode, Subscription};
use crate::stream::backlog::Reply;
use crate::stream::interest::Interest;
use crate::stream::live::{Extent, Listing, Told};

/// How many answers wait for a client that does not read.
const REPLIES: usize = 16;
/// How often a client is asked whether it is there.
pub const PING_EVERY: Duration = Duration::from_secs(20);
/// How often a client that gets each position by itself is told its cursor, while that goes on.
const CURSOR_EVERY: Duration = Duration::from_secs(1);
/// How often one whose batches carry it is told, when it is sent none.
const HEARTBEAT_EVERY: Duration = Duration::from_secs(5);
/// Within which time a client should connect again: elsewhere, or with its cursor.
const COME_BACK: Duration = Duration::from_secs(1);
/// How long one that is sent elsewhere is still served, so that it can be there before it leaves.
pub const FAREWELL: Duration = Duration::from_secs(2);

/// How a client is told.
enum Stream {
    Latest(Latest),
    All(Box<All>),
}

struct Session {
    gateway: Arc<Gateway>,
    wire: Wire,
    client: Client,
    kind: Kind,
    /// None: the client sees everything.
    interest: Option<Box<Interest>>,
    stream: Stream,
    changes: watch::Receiver<u64>,
    status: Option<Status>,
    heard: Instant,
    pinged: Instant,
    bucket: Bucket,
}

/// Serves one connection to its end. `already` is what came with the upgrade request.
pub async fn serve(
    gateway: Arc<Gateway>,
    subscription: Subscription,
    tcp: TcpStream,
    already: Bytes,
    place: OwnedSemaphorePermit,
) {
    let wire = Wire::new(tcp, already, gateway.limits.frame_bytes).await;
    let (replies, answers) = mpsc::channel(REPLIES);
    let scope = Arc::clone(&gateway.scope);
    let Subscription { kind, cursor, filter } = subscription;
    let interest = Interest::new(&scope, filter);
    let client = Client { connection: gateway.next_connection(), id: new_id(), replies, scope };
    gateway.metrics.opened(kind);
    let connection = client.connection;
    let mut session = Session {
        bucket: Bucket::new(gateway.limits.frames_per_second, Instant::now()),
        changes: gateway.live.changes(),
        stream: Stream::Latest(Latest::default()),
        status: None,
        heard: Instant::now(),
        pinged: Instant::now(),
        wire,
        client,
        kind,
        interest,
        gateway: Arc::clone(&gateway),
    };
    let end = match Box::pin(session.begin(cursor)).await {
        Step::Break(end) => end,
        Step::Continue(waiting) => match session.run(answers, waiting).await {
            Step::Break(end) => end,
            Step::Continue(()) => End::Lost,
        },
    };
    gateway.live.waiting().leave(connection);
    gateway.metrics.closed(kind, end.reason());
    session.close(end).await;
    drop(place);
}

/// What a client that comes back from long ago waits for.
type Waiting = Option<oneshot::Receiver<Reply>>;

impl Session {
    async fn run(&mut self, mut answers: mpsc::Receiver<Told>, mut waiting: Waiting) -> Step {
        let period = match (self.kind.mode, self.kind.batch) {
            (Mode::Latest, _) => PING_EVERY,
            (Mode::All, true) => HEARTBEAT_EVERY,
            (Mode::All, false) => CURSOR_EVERY,
        };
        let mut tick = interval_at(tokio::time::Instant::now() + period, period);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut draining = self.gateway.draining.clone();
        let mut turn = turn(self.client.connection, self.gateway.drain);
        let mut told_to_go = false;
        let mut behind = true;
        loop {
            tokio::select! {
                biased;
                received = self.wire.0.next() => {
                    let waited = waiting.is_some();
                    self.receive(received, &mut waiting).await?;
                    behind |= waited && waiting.is_none();
                }
                Some(text) = answers.recv() => self.send(*text).await?,
                _ = tick.tick() => self.tick().await?,
                () = asked_to_end(&mut draining, turn) => {
                    if told_to_go {
                        return Step::Break(End::Draining);
                    }
                    self.send(frames::reconnect(self.cursor().as_deref(), COME_BACK, "draining")).await?;
                    told_to_go = true;
                    turn += FAREWELL;
                }
                reply = come(&mut waiting) => {
                    waiting = self.catch_up(reply).await?;
                    behind = waiting.is_none();
                }
                changed = self.changes.changed(), if !behind => match changed {
                    Ok(()) => behind = true,
                    Err(_) => return Step::Break(End::Lost),
                },
                () = std::future::ready(()), if behind => {
                    self.changes.mark_unchanged();
                    behind = false;
                    if waiting.is_none() {
                        self.tell_status().await?;
                        behind = self.tell().await?;
                    }
                }
            }
        }
    }

    /// Tells what comes first: where everything stands, or that the client goes on where it was.
    async fn begin(&mut self, cursor: Option<String>) -> Step<Waiting> {
        match self.kind.mode {
            Mode::Latest => self.snapshot(Why::Connected).await?,
            Mode::All => return self.begin_all(cursor).await,
        }
        Step::Continue(None)
    }

    /// Tells a part of what the client does not know; true when there is more.
    async fn tell(&mut self) -> Step<bool> {
        match self.kind.mode {
            Mode::Latest => self.tell_latest().await,
            Mode::All => self.tell_all().await,
        }
    }

    /// Tells where everything stands; the stream goes on from there.
    async fn snapshot(&mut self, why: Why) -> Step {
        let listing = self.listing(Extent::Fresh, 0);
        let cursor = (self.kind.mode == Mode::All).then(|| listing.place.cursor());
        let head = frames::snapshot_head(why, cursor);
        self.gateway.metrics.snapshot(why.name());
        self.show(head, &listing).await?;
        self.stream = match self.kind.mode {
            Mode::Latest => Stream::Latest(Latest::after(&listing)),
            Mode::All => Stream::All(Box::new(All::after(&listing))),
        };
        self.tell_status().await
    }

    /// Where everything stands that the client may see and wants to see: not before what it knows already, and not before the
    /// chunk `next`.
    fn listing(&mut self, extent: Extent, next: u64) -> Listing {
        let live = &self.gateway.live;
        if let Some(interest) = &mut self.interest {
            return live.listing_for(interest, extent, now());
        }
        match &self.stream {
            Stream::Latest(latest) => live.listing(extent, now(), latest.seen(), next),
            Stream::All(all) => live.listing(extent, now(), 0, next.max(all.next())),
        }
    }

    /// Writes a list of deliveries between its head and its end.
    async fn show(&mut self, head: String, listing: &Listing) -> Step {
        let end = Bytes::from_static(frames::LIST_END.as_bytes());
        self.wire.parts(&[head.into(), listing.list.clone(), end]).await?;
        self.wire.flush().await?;
        self.gateway.metrics.sent(self.kind, 1);
        Step::Continue(())
    }

    async fn tell_status(&mut self) -> Step {
        let status = self.gateway.live.status();
        if self.status != Some(status) {
            self.status = Some(status);
            self.send(frames::status(status)).await?;
        }
        Step::Continue(())
    }

    async fn tick(&mut self) -> Step {
        // A tick may come a little early.
        if self.pinged.elapsed() + CURSOR_EVERY / 2 >= PING_EVERY {
            if self.heard.elapsed() >= SILENCE {
                return Step::Break(End::Silent);
            }
            self.pinged = Instant::now();
            self.wire.feed(Message::Ping(Bytes::new())).await?;
        }
        match self.kind.mode {
            Mode::Latest => self.tell_conflated().await?,
            Mode::All => self.heartbeat().await?,
        }
        self.wire.flush().await
    }

    async fn receive(&mut self, received: Option<Result<Message, Error>>, waiting: &mut Waiting) -> Step {
        let message = match received {
            None | Some(Err(Error::ConnectionClosed)) => return Step::Break(End::Client),
            Some(Ok(message)) => message,
            Some(Err(Error::Capacity(CapacityError::MessageTooLong { .. }))) => {
                self.refuse(&BadFrame::TooLarge(self.gateway.limits.frame_bytes)).await?;
                return Step::Break(End::TooLarge);
            }
            Some(Err(Error::Protocol(_) | Error::Utf8(_))) => return Step::Break(End::Protocol),
            Some(Err(_)) => return Step::Break(End::Lost),
        };
        let time = Instant::now();
        self.heard = time;
        if !self.bucket.take(time) {
            self.refuse(&BadFrame::TooMany(self.gateway.limits.frames_per_second)).await?;
            return Step::Break(End::TooMany);
        }
        match message {
            Message::Text(text) => match read(&text) {
                Ok(Request::Start(request)) => self.gateway.start(&self.client, request),
                Ok(Request::Command(command)) => self.gateway.command(&self.client, command),
                Ok(Request::Filter(filter)) => {
                    // What is still to come from long ago is part of the new snapshot.
                    *waiting = None;
                    self.interest = Interest::new(&self.client.scope, filter);
                    self.snapshot(Why::Filter).await?;
                }
                Err(error) => self.refuse(&error).await?,
            },
            Message::Binary(_) => self.refuse(&BadFrame::Binary).await?,
            Message::Close(_) => return Step::Break(End::Client),
            Message::Ping(_) | Message::Pong(_) | Message::Frame(_) => {}
        }
        Step::Continue(())
    }

    async fn refuse(&mut self, error: &BadFrame) -> Step {
        self.gateway.metrics.bad_frame(error.reason());
        self.send(frames::error(error.reason(), &error.to_string())).await
    }

    async fn send(&mut self, text: Utf8Bytes) -> Step {
        self.wire.text(text).await?;
        self.wire.flush().await
    }

    /// Where the client can go on.
    fn cursor(&self) -> Option<String> {
        match &self.stream {
            Stream::Latest(_) => None,
            Stream::All(all) => all.cursor(),
        }
    }

    /// Says why, with the place where the client can go on.
    async fn close(self, end: End) {
        let cursor = self.cursor();
        let last = match end {
            End::Draining => cursor.as_deref().map(frames::heartbeat),
            End::FellOff => Some(frames::reconnect(cursor.as_deref(), COME_BACK, "fellOff")),
            _ => None,
        };
        self.wire.close(end, last).await;
    }
}

async fn come(waiting: &mut Waiting) -> Option<Reply> {
    match waiting {
        Some(reply) => reply.await.ok(),
        None => std::future::pending().await,
    }
}

/// Waits until the process is asked to end, and then for this connection's turn within the time of draining.
async fn asked_to_end(draining: &mut watch::Receiver<Option<Instant>>, turn: Duration) {
    let asked = draining.wait_for(Option::is_some).await.ok().and_then(|asked| *asked);
    match asked {
        Some(asked) => sleep_until((asked + turn).into()).await,
        None => std::future::pending().await,
    }
}

/// A connection's turn: spread over the time of draining, the same whenever it is asked.
fn turn(connection: u64, drain: Duration) -> Duration {
    // Knuth's multiplicative hash (2^32 / the golden ratio) spreads neighbours apart.
    let spread = u32::try_from(connection.wrapping_mul(2_654_435_761) & 0xffff_ffff).unwrap_or_default();
    drain.mul_f64(f64::from(spread) / f64::from(u32::MAX))
}

#[cfg(test)]
#[path = "tests/mod_tests.rs"]
mod tests;
