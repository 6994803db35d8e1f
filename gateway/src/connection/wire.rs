//! The writing end of one WebSocket: nothing is queued beyond what the socket takes, and a client that does not read for
//! [`SILENCE`] is disconnected.
//!
//! Short messages are gathered in a small buffer and written together. Long messages, and those shared by many clients,
//! are written to the socket without a copy in the connection. What is sent is left to [`super::peer`] and the feeds.

use std::ops::ControlFlow;
use std::time::Duration;

use futures::{SinkExt, StreamExt};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::error::Elapsed;
use tokio::time::timeout;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{CloseCode, Data};
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, Role, WebSocketConfig};
use tokio_tungstenite::tungstenite::{Bytes, Error, Message, Utf8Bytes};

use crate::protocol::framing;
use crate::writers::socket::SharedSocket;
use crate::writers::turn::Rest;

/// The read buffer, bytes, which every connection always holds. Clients send a few hundred bytes at a time; for a
/// longer frame the buffer grows.
const READ_BUFFER: usize = 512;
/// How many bytes are gathered before they are written.
const WRITE_BUFFER: usize = 4 * 1024;
/// A message longer than this, in bytes, bypasses the write buffer, which would otherwise keep that size.
const SHORT: usize = 1024;
/// How many bytes of a long message must be written within [`SILENCE`].
const PIECE: usize = 64 * 1024;
/// How long a client may take to read what was written.
pub(crate) const SILENCE: Duration = Duration::from_mins(1);
/// How long a closed connection is still read, so that the client receives the close reason.
const LINGER: Duration = Duration::from_secs(2);
/// Try Again Later (RFC 6455's registry of close codes).
const TRY_AGAIN: u16 = 1013;

/// Why a connection ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Disconnect {
    Client,
    /// This process is shutting down.
    Draining,
    /// The client has fallen behind the ring.
    FellOff,
    /// The client does not read.
    Slow,
    /// The client does not answer pings.
    Silent,
    TooLarge,
    TooMany,
    Protocol,
    /// Too many clients are being sent something of their own.
    Crowded,
    /// The client sent text that is not UTF-8.
    NotUtf8,
    /// The network, or a part of the gateway, failed.
    Lost,
}

impl Disconnect {
    /// The name, as in metrics.
    pub(crate) const fn reason(self) -> &'static str {
        match self {
            Self::Client => "client",
            Self::Draining => "draining",
            Self::FellOff => "fell-off",
            Self::Slow => "slow",
            Self::Silent => "silent",
            Self::TooLarge => "frame-too-large",
            Self::TooMany => "too-many-frames",
            Self::Protocol => "protocol",
            Self::Crowded => "crowded",
            Self::NotUtf8 => "not-utf-8",
            Self::Lost => "lost",
        }
    }

    /// The close frame; none when the client has closed, or when nothing more can be sent.
    fn close_frame(self) -> Option<CloseFrame> {
        let (code, reason) = match self {
            Self::Draining => (CloseCode::Away, "this gateway is going away; connect again"),
            Self::FellOff => (CloseCode::from(TRY_AGAIN), "too far behind; connect again with the cursor"),
            Self::Crowded => (CloseCode::from(TRY_AGAIN), "too many clients are catching up; connect again"),
            Self::TooLarge => (CloseCode::Size, "the frame is too large"),
            Self::TooMany => (CloseCode::Policy, "too many frames"),
            Self::Silent => (CloseCode::Policy, "no answer to a ping"),
            Self::Protocol => (CloseCode::Protocol, "not the WebSocket protocol"),
            Self::NotUtf8 => (CloseCode::Invalid, "text that is not UTF-8"),
            Self::Client | Self::Slow | Self::Lost => return None,
        };
        Some(CloseFrame { code, reason: Utf8Bytes::from_static(reason) })
    }
}

/// Whether a connection continues.
pub(crate) type Step<T = ()> = ControlFlow<Disconnect, T>;

/// A WebSocket with small buffers.
pub(crate) struct Wire {
    socket: WebSocketStream<SharedSocket>,
    /// Whole frames that have not been written yet.
    gathered: Vec<u8>,
}

impl Wire {
    /// Takes over a connection. `already` are the bytes that came with the upgrade request, `max_frame` is the size in bytes of the
    /// largest message that is read.
    pub(crate) async fn new(tcp: TcpStream, already: Bytes, max_frame: usize) -> Self {
        let config = WebSocketConfig::default()
            .read_buffer_size(READ_BUFFER)
            .max_message_size(Some(max_frame))
            .max_frame_size(Some(max_frame));
        // A copy of its few bytes, if there are any: the library goes on with the buffer that it is given, and this one is the HTTP server's,
        // which is sixteen times the size of ours.
        let read = already.to_vec();
        drop(already);
        let tcp = SharedSocket::new(tcp);
        let socket = WebSocketStream::from_partially_read(tcp, read, Role::Server, Some(config)).await;
        Self { socket, gathered: Vec::new() }
    }

    /// The client's next message; none after its end.
    pub(crate) async fn next(&mut self) -> Option<Result<Message, Error>> {
        self.socket.next().await
    }

    /// Pings the client.
    pub(crate) async fn ping(&mut self) -> Step {
        self.flush().await?;
        step(&timeout(SILENCE, self.socket.send(Message::Ping(Bytes::new()))).await)
    }

    pub(crate) async fn text(&mut self, text: &str) -> Step {
        self.message(Data::Text, &[text.as_bytes()]).await
    }

    /// Adds a text message that consists of several parts.
    pub(crate) async fn text_parts(&mut self, parts: &[&[u8]]) -> Step {
        self.message(Data::Text, parts).await
    }

    pub(crate) async fn binary(&mut self, bytes: &[u8]) -> Step {
        self.message(Data::Binary, &[bytes]).await
    }

    async fn message(&mut self, kind: Data, parts: &[&[u8]]) -> Step {
        let length = parts.iter().map(|part| part.len()).sum();
        framing::append_header(kind, length, &mut self.gathered);
        if length <= SHORT {
            for part in parts {
                self.gathered.extend_from_slice(part);
            }
            return if self.gathered.len() > WRITE_BUFFER { self.flush().await } else { Step::Continue(()) };
        }
        self.flush().await?;
        for part in parts {
            self.write(part).await?;
        }
        Step::Continue(())
    }

    /// Writes whole frames shared by many clients, without copying them.
    pub(crate) async fn frames(&mut self, frames: &[u8]) -> Step {
        self.flush().await?;
        self.settle().await?;
        self.write(frames).await
    }

    /// Writes all that is gathered or half written, so that somebody else can write to the socket, and returns the socket. Until they are done,
    /// [`Wire::next`] may be called, which writes nothing then.
    pub(crate) async fn share(&mut self) -> Step<SharedSocket> {
        self.flush().await?;
        self.settle().await?;
        // Most clients are sent nothing of their own for a long time.
        self.gathered = Vec::new();
        Step::Continue(self.socket.get_ref().clone())
    }

    /// Writes what somebody else has left, from the middle of a frame on: before anything else, even a pong.
    pub(crate) async fn finish(&mut self, rest: &Rest) -> Step {
        for part in &rest.parts {
            self.write(part).await?;
        }
        Step::Continue(())
    }

    /// Writes the gathered frames.
    pub(crate) async fn flush(&mut self) -> Step {
        if self.gathered.is_empty() {
            return Step::Continue(());
        }
        self.settle().await?;
        let mut gathered = std::mem::take(&mut self.gathered);
        self.write(&gathered).await?;
        gathered.clear();
        self.gathered = gathered;
        Step::Continue(())
    }

    /// The library's pings and pongs may be half written: the rest of them goes first, so that no frame is torn.
    async fn settle(&mut self) -> Step {
        step(&timeout(SILENCE, self.socket.flush()).await)
    }

    async fn write(&mut self, bytes: &[u8]) -> Step {
        for piece in bytes.chunks(PIECE) {
            let written = timeout(SILENCE, self.socket.get_mut().write_all(piece)).await;
            step(&written.map(|written| written.map_err(Error::Io)))?;
        }
        Step::Continue(())
    }

    /// Sends `last` and the reason, and gives the client time to read both before the connection is closed.
    pub(crate) async fn close(mut self, end: Disconnect, last: Option<Utf8Bytes>) {
        if let Some(frame) = end.close_frame() {
            let farewell = async {
                if let Some(last) = last
                    && self.text(&last).await.is_break()
                {
                    return;
                }
                if self.flush().await.is_continue() {
                    let _ = self.socket.close(Some(frame)).await;
                }
            };
            let _ = timeout(LINGER, farewell).await;
            let _ = timeout(LINGER, linger(self.socket.get_mut())).await;
        } else if end == Disconnect::Client {
            // The library has queued the reply, with the client's code (RFC 6455 §5.5.1). It takes no other Close frame any more, so
            // the reply is only written out.
            let _ = timeout(LINGER, self.socket.flush()).await;
            let _ = timeout(LINGER, linger(self.socket.get_mut())).await;
        }
    }
}

const fn step(written: &Result<Result<(), Error>, Elapsed>) -> Step {
    match written {
        Ok(Ok(())) => ControlFlow::Continue(()),
        Ok(Err(_)) => ControlFlow::Break(Disconnect::Lost),
        Err(_) => ControlFlow::Break(Disconnect::Slow),
    }
}

/// Reads and discards what the client still sends: with unread bytes the system would discard what was written.
async fn linger(tcp: &mut SharedSocket) -> std::io::Result<()> {
    tcp.shutdown().await?;
    let mut rest = [0; 1024];
    while tcp.read(&mut rest).await? > 0 {}
    Ok(())
}

#[cfg(test)]
#[path = "tests/wire.rs"]
mod tests;
