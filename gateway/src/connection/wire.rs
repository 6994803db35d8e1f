//! The writing end of one WebSocket: nothing is queued beyond what the socket takes, and a client that does not read is given
//! up after a time.
//!
//! What is long, or the same for many clients, goes to the socket from where it is, so that no connection holds a copy. What is
//! said is for [`crate::connection::session`].

use std::ops::ControlFlow;
use std::time::Duration;

use futures::SinkExt;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::error::Elapsed;
use tokio::time::timeout;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, Role, WebSocketConfig};
use tokio_tungstenite::tungstenite::{Bytes, Error, Message, Utf8Bytes};

use crate::protocol::framing;

/// The read buffer, which every connection holds all the time. What clients send is a few hundred bytes; a longer frame
/// gets its room when it comes.
const READ_BUFFER: usize = 1024;
/// How much is gathered before it is written, when there is much to tell.
const WRITE_BUFFER: usize = 4 * 1024;
/// A longer message does not go through the write buffer, which would keep that size.
const SHORT: usize = 1024;
/// How much of a long message is written within [`SILENCE`].
const PIECE: usize = 64 * 1024;
/// How long a client may be silent, or take to read what was written.
pub const SILENCE: Duration = Duration::from_mins(1);
/// How long a closed connection is read on, so that the client gets the reason.
const LINGER: Duration = Duration::from_secs(2);
/// A service that is overloaded, or a client that must come back (RFC 6455's registry).
const TRY_AGAIN: u16 = 1013;

/// Why a connection ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    Client,
    Draining,
    FellOff,
    Slow,
    Silent,
    TooLarge,
    TooMany,
    Protocol,
    Lost,
}

impl End {
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
            Self::Lost => "lost",
        }
    }

    /// What the client is told; nothing when there is nobody to tell.
    fn close(self) -> Option<(CloseCode, &'static str)> {
        match self {
            Self::Draining => Some((CloseCode::Away, "this gateway is going away; connect again")),
            Self::FellOff => Some((CloseCode::from(TRY_AGAIN), "too far behind; connect again with the cursor")),
            Self::TooLarge => Some((CloseCode::Size, "the frame is too large")),
            Self::TooMany => Some((CloseCode::Policy, "too many frames")),
            Self::Silent => Some((CloseCode::Policy, "no answer to a ping")),
            Self::Protocol => Some((CloseCode::Protocol, "not the WebSocket protocol")),
            Self::Client | Self::Slow | Self::Lost => None,
        }
    }
}

/// Whether a connection goes on.
pub(crate) type Step<T = ()> = ControlFlow<End, T>;

/// A WebSocket with small buffers.
pub(crate) struct Wire(pub(crate) WebSocketStream<TcpStream>);

impl Wire {
    /// Takes over a connection. `already` is what came with the upgrade request, `largest` the longest message in bytes.
    pub(crate) async fn new(tcp: TcpStream, already: Bytes, largest: usize) -> Self {
        let config = WebSocketConfig::default()
            .read_buffer_size(READ_BUFFER)
            .write_buffer_size(WRITE_BUFFER)
            .max_message_size(Some(largest))
            .max_frame_size(Some(largest));
        Self(WebSocketStream::from_partially_read(tcp, already.into(), Role::Server, Some(config)).await)
    }

    /// Puts a message into the write buffer, which goes to the client when it is full.
    pub(crate) async fn feed(&mut self, message: Message) -> Step {
        step(&timeout(SILENCE, self.0.feed(message)).await)
    }

    /// Puts a text there, or sends it when it is long.
    pub(crate) async fn text(&mut self, text: Utf8Bytes) -> Step {
        if text.len() <= SHORT {
            return self.feed(Message::Text(text)).await;
        }
        self.parts(&[text.into()]).await
    }

    /// Puts a binary message there, or sends it when it is long.
    pub(crate) async fn binary(&mut self, bytes: Bytes) -> Step {
        if bytes.len() <= SHORT {
            return self.feed(Message::Binary(bytes)).await;
        }
        let mut head = Vec::new();
        framing::binary_head(bytes.len(), &mut head);
        self.framed(&head).await?;
        self.framed(&bytes).await
    }

    /// Sends a text that is put together from parts.
    pub(crate) async fn parts(&mut self, parts: &[Bytes]) -> Step {
        let mut head = Vec::new();
        framing::text_head(parts.iter().map(Bytes::len).sum(), &mut head);
        self.framed(&head).await?;
        for part in parts {
            self.framed(part).await?;
        }
        Step::Continue(())
    }

    /// Sends bytes that are frames already, the same for many clients, after what is in the write buffer. They are copied
    /// nowhere.
    pub(crate) async fn framed(&mut self, frames: &[u8]) -> Step {
        self.flush().await?;
        for piece in frames.chunks(PIECE) {
            let written = timeout(SILENCE, self.0.get_mut().write_all(piece)).await;
            step(&written.map(|written| written.map_err(Error::Io)))?;
        }
        Step::Continue(())
    }

    /// Sends what is in the write buffer.
    pub(crate) async fn flush(&mut self) -> Step {
        step(&timeout(SILENCE, self.0.flush()).await)
    }

    /// Says why, and lets the client read it before the connection goes. `last` is what it should hear before.
    pub(crate) async fn close(mut self, end: End, last: Option<Utf8Bytes>) {
        if let Some((code, reason)) = end.close() {
            let frame = CloseFrame { code, reason: Utf8Bytes::from_static(reason) };
            let said = async {
                if let Some(last) = last {
                    self.0.feed(Message::Text(last)).await?;
                }
                self.0.close(Some(frame)).await
            };
            let _ = timeout(LINGER, said).await;
            let _ = timeout(LINGER, linger(self.0.get_mut())).await;
        } else if end == End::Client {
            let _ = timeout(LINGER, self.0.close(None)).await;
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
