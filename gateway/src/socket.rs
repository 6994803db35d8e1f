//! One WebSocket connection: a snapshot, then what changes, until either side closes.
//!
//! The task holds no queue of positions: it asks the board for what its client has not been told whenever the client can
//! take more. Frames are written in pieces of a few kilobytes, so a snapshot of any size costs a connection no more than that.

use crate::board::{Outgoing, Since};
use crate::frames;
use crate::gateway::{Client, Gateway, new_id};
use crate::hub::now;
use crate::incoming::{BadFrame, Request, read};
use crate::limit::Bucket;
use futures::{SinkExt, StreamExt};
use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::{OwnedSemaphorePermit, mpsc, watch};
use tokio::time::error::Elapsed;
use tokio::time::{MissedTickBehavior, interval_at, sleep_until, timeout};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::error::CapacityError;
use tokio_tungstenite::tungstenite::protocol::frame::Frame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{CloseCode, Data, OpCode};
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, Role, WebSocketConfig};
use tokio_tungstenite::tungstenite::{Bytes, Error, Message, Utf8Bytes};

/// The read buffer, which every connection holds all the time. What clients send is a few hundred bytes; a longer frame
/// gets its room when it comes.
const READ_BUFFER: usize = 1024;
/// How much is gathered before it is written, when there is much to tell.
const WRITE_BUFFER: usize = 4 * 1024;
/// How much of a long message goes into one WebSocket frame.
const PIECE: usize = 4 * 1024;
/// How many deliveries are taken from the board at once.
const CHUNK: usize = 32;
/// How many answers wait for a client that does not read.
const REPLIES: usize = 16;
/// How often a client is asked whether it is there.
pub const PING_EVERY: Duration = Duration::from_secs(20);
/// How long a client may be silent, or take to read what was written.
pub const SILENCE: Duration = Duration::from_mins(1);
/// How long a closed connection is read on, so that the client gets the reason.
const LINGER: Duration = Duration::from_secs(2);

/// Why a connection ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    Client,
    Draining,
    Slow,
    Silent,
    TooLarge,
    TooMany,
    Protocol,
    Lost,
}

impl End {
    const fn reason(self) -> &'static str {
        match self {
            Self::Client => "client",
            Self::Draining => "draining",
            Self::Slow => "slow",
            Self::Silent => "silent",
            Self::TooLarge => "frame-too-large",
            Self::TooMany => "too-many-frames",
            Self::Protocol => "protocol",
            Self::Lost => "lost",
        }
    }

    /// What the client is told; nothing when there is nobody to tell.
    const fn close(self) -> Option<(CloseCode, &'static str)> {
        match self {
            Self::Draining => Some((CloseCode::Away, "this gateway is going away; connect again")),
            Self::TooLarge => Some((CloseCode::Size, "the frame is too large")),
            Self::TooMany => Some((CloseCode::Policy, "too many frames")),
            Self::Silent => Some((CloseCode::Policy, "no answer to a ping")),
            Self::Protocol => Some((CloseCode::Protocol, "not the WebSocket protocol")),
            Self::Client | Self::Slow | Self::Lost => None,
        }
    }
}

/// Serves one connection to its end. `already` is what came with the upgrade request.
pub async fn serve(gateway: Arc<Gateway>, tcp: TcpStream, already: Bytes, place: OwnedSemaphorePermit) {
    let config = WebSocketConfig::default()
        .read_buffer_size(READ_BUFFER)
        .write_buffer_size(WRITE_BUFFER)
        .max_message_size(Some(gateway.limits.frame_bytes))
        .max_frame_size(Some(gateway.limits.frame_bytes));
    let socket = WebSocketStream::from_partially_read(tcp, already.into(), Role::Server, Some(config)).await;
    let (replies, answers) = mpsc::channel(REPLIES);
    let client = Client { connection: gateway.next_connection(), id: new_id(), replies };
    gateway.metrics.opened();
    let connection = client.connection;
    let mut session = Session {
        bucket: Bucket::new(gateway.limits.frames_per_second, Instant::now()),
        changes: gateway.live.changes(),
        socket,
        client,
        seen: 0,
        heard: Instant::now(),
        gateway: Arc::clone(&gateway),
    };
    let end = match session.run(answers).await {
        ControlFlow::Break(end) => end,
        ControlFlow::Continue(()) => End::Lost,
    };
    gateway.live.waiting().leave(connection);
    gateway.metrics.closed(end.reason());
    session.close(end).await;
    drop(place);
}

type Step = ControlFlow<End>;

struct Session {
    gateway: Arc<Gateway>,
    socket: WebSocketStream<TcpStream>,
    client: Client,
    changes: watch::Receiver<u64>,
    /// The client has been told everything up to this change.
    seen: u64,
    heard: Instant,
    bucket: Bucket,
}

impl Session {
    async fn run(&mut self, mut answers: mpsc::Receiver<Utf8Bytes>) -> Step {
        self.snapshot().await?;
        let mut ping = interval_at(tokio::time::Instant::now() + PING_EVERY, PING_EVERY);
        ping.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut draining = self.gateway.draining.clone();
        let turn = turn(self.client.connection, self.gateway.drain);
        let mut behind = true;
        loop {
            tokio::select! {
                biased;
                received = self.socket.next() => self.receive(received).await?,
                Some(text) = answers.recv() => self.send(Message::Text(text)).await?,
                _ = ping.tick() => self.ping().await?,
                () = asked_to_end(&mut draining, turn) => {
                    return ControlFlow::Break(End::Draining);
                }
                changed = self.changes.changed(), if !behind => match changed {
                    Ok(()) => behind = true,
                    Err(_) => return ControlFlow::Break(End::Lost),
                },
                () = std::future::ready(()), if behind => behind = self.tell().await?,
            }
        }
    }

    /// Tells where everything stands, in pieces.
    async fn snapshot(&mut self) -> Step {
        let snapshot = self.gateway.live.snapshot(now());
        self.seen = snapshot.seen;
        let text = Bytes::from(snapshot.text);
        let pieces = text.len().div_ceil(PIECE).max(1);
        for piece in 0..pieces {
            let part = text.slice(piece * PIECE..text.len().min((piece + 1) * PIECE));
            let data = if piece == 0 { Data::Text } else { Data::Continue };
            self.feed(Message::Frame(Frame::message(part, OpCode::Data(data), piece + 1 == pieces))).await?;
        }
        self.flush().await?;
        self.gateway.metrics.sent(1);
        ControlFlow::Continue(())
    }

    /// Tells a chunk of what the client does not know; true when there is more.
    async fn tell(&mut self) -> ControlFlow<End, bool> {
        self.changes.mark_unchanged();
        let (frames, seen, more) = match self.gateway.live.since(self.seen, CHUNK) {
            Since::TooOld => {
                self.snapshot().await?;
                return ControlFlow::Continue(true);
            }
            Since::Frames { frames, seen, more } => (frames, seen, more),
        };
        let count = frames.len();
        let mut due = Vec::with_capacity(count);
        for Outgoing { text, at } in frames {
            due.extend(at);
            self.feed(Message::Text(text)).await?;
        }
        self.flush().await?;
        self.seen = seen;
        self.gateway.metrics.positions_sent(&due, now());
        self.gateway.metrics.sent(count);
        ControlFlow::Continue(more)
    }

    async fn ping(&mut self) -> Step {
        if self.heard.elapsed() >= SILENCE {
            return ControlFlow::Break(End::Silent);
        }
        self.send(Message::Ping(Bytes::new())).await
    }

    async fn receive(&mut self, received: Option<Result<Message, Error>>) -> Step {
        let message = match received {
            None | Some(Err(Error::ConnectionClosed)) => return ControlFlow::Break(End::Client),
            Some(Ok(message)) => message,
            Some(Err(Error::Capacity(CapacityError::MessageTooLong { .. }))) => {
                self.refuse(&BadFrame::TooLarge(self.gateway.limits.frame_bytes)).await?;
                return ControlFlow::Break(End::TooLarge);
            }
            Some(Err(Error::Protocol(_) | Error::Utf8(_))) => return ControlFlow::Break(End::Protocol),
            Some(Err(_)) => return ControlFlow::Break(End::Lost),
        };
        let time = Instant::now();
        self.heard = time;
        if !self.bucket.take(time) {
            self.refuse(&BadFrame::TooMany(self.gateway.limits.frames_per_second)).await?;
            return ControlFlow::Break(End::TooMany);
        }
        match message {
            Message::Text(text) => match read(&text) {
                Ok(Request::Start(request)) => self.gateway.start(&self.client, request),
                Ok(Request::Command(command)) => self.gateway.command(&self.client, command),
                Err(error) => self.refuse(&error).await?,
            },
            Message::Binary(_) => self.refuse(&BadFrame::Binary).await?,
            Message::Close(_) => return ControlFlow::Break(End::Client),
            Message::Ping(_) | Message::Pong(_) | Message::Frame(_) => {}
        }
        ControlFlow::Continue(())
    }

    async fn refuse(&mut self, error: &BadFrame) -> Step {
        self.gateway.metrics.bad_frame(error.reason());
        self.send(Message::Text(frames::error(error.reason(), &error.to_string()))).await
    }

    async fn send(&mut self, message: Message) -> Step {
        self.feed(message).await?;
        self.flush().await
    }

    /// Puts a message into the write buffer, which goes to the client when it is full.
    async fn feed(&mut self, message: Message) -> Step {
        step(&timeout(SILENCE, self.socket.feed(message)).await)
    }

    async fn flush(&mut self) -> Step {
        step(&timeout(SILENCE, self.socket.flush()).await)
    }

    /// Says why, and lets the client read it before the connection goes.
    async fn close(mut self, end: End) {
        if let Some((code, reason)) = end.close() {
            let frame = CloseFrame { code, reason: Utf8Bytes::from_static(reason) };
            let _ = timeout(LINGER, self.socket.close(Some(frame))).await;
            let _ = timeout(LINGER, linger(self.socket.get_mut())).await;
        } else if end == End::Client {
            let _ = timeout(LINGER, self.socket.close(None)).await;
        }
    }
}

/// A client that does not read for [`SILENCE`] is given up.
const fn step(written: &Result<Result<(), Error>, Elapsed>) -> Step {
    match written {
        Ok(Ok(())) => ControlFlow::Continue(()),
        Ok(Err(_)) => ControlFlow::Break(End::Lost),
        Err(_) => ControlFlow::Break(End::Slow),
    }
}

/// What the client still sends is read away, since unread bytes make the system throw away what was written.
async fn linger(tcp: &mut TcpStream) -> std::io::Result<()> {
    tcp.shutdown().await?;
    let mut rest = [0; 1024];
    while tcp.read(&mut rest).await? > 0 {}
    Ok(())
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
mod tests {
    use super::*;

    #[test]
    fn connections_are_closed_evenly_over_the_time_of_draining() {
        let drain = Duration::from_secs(10);
        let mut turns: Vec<_> = (0..1_000).map(|connection| turn(connection, drain)).collect();
        turns.sort_unstable();
        assert!(turns[999] <= drain);
        for (place, turn) in turns.iter().enumerate() {
            let even = drain.mul_f64(f64::from(u32::try_from(place).unwrap()) / 1_000.0);
            assert!(turn.abs_diff(even) < Duration::from_millis(500), "{place}: {turn:?}");
        }
    }
}
