//! The one WebSocket client of the tests: e2e, chaos and bench connect, read, send and close with it.
//!
//! The library answers pings; a reader sees them as a sign of life. What the messages mean is left to the callers: [`crate::gateway`]
//! reads JSON events, and chaos has its own decoder on purpose. The fan-out benchmark does not use this client: it compares four servers
//! by the bytes of their frames, with a reader that costs the same for each.

use std::time::Duration;

use bytes::Bytes;
use futures::{SinkExt, StreamExt};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::{Error, Message, Utf8Bytes};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

/// How long sending a close frame may take.
const CLOSE_LIMIT: Duration = Duration::from_millis(200);

/// An open connection to a gateway.
#[derive(Debug)]
pub struct WebSocket(WebSocketStream<MaybeTlsStream<TcpStream>>);

/// A message of the gateway.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Received {
    /// JSON.
    Text(Utf8Bytes),
    /// Positions in the binary form.
    Binary(Bytes),
    /// A ping, which is answered already, or a pong.
    Alive,
}

/// Why there is no connection.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// The gateway answered the request for an upgrade with another status.
    #[error("the gateway refused the WebSocket with status {0}")]
    Refused(u16),
    /// The gateway could not be reached, or not within the limit.
    #[error("the WebSocket could not be opened: {0}")]
    Failed(String),
}

/// Why nothing more can be read or sent.
#[derive(Debug, thiserror::Error)]
pub enum Closed {
    /// The gateway sent a close frame.
    #[error("the gateway closed the connection with code {code:?}: {reason}")]
    ByGateway {
        /// The code of the close frame, if it had one.
        code: Option<u16>,
        /// Its text.
        reason: String,
    },
    /// The connection ended without a close frame.
    #[error("the connection was lost{}", .0.as_ref().map(|error| format!(": {error}")).unwrap_or_default())]
    Lost(Option<Box<Error>>),
}

impl WebSocket {
    /// Connects to the gateway at `address` with the parameters of `query`, which may be empty.
    ///
    /// # Errors
    /// When it refuses, cannot be reached, or does not answer within `limit`.
    pub async fn connect(address: &str, query: &str, limit: Duration) -> Result<Self, ConnectError> {
        let separator = if query.is_empty() { "" } else { "?" };
        match timeout(limit, connect_async(format!("ws://{address}/ws{separator}{query}"))).await {
            Ok(Ok((stream, _))) => Ok(Self(stream)),
            Ok(Err(Error::Http(answer))) => Err(ConnectError::Refused(answer.status().as_u16())),
            Ok(Err(error)) => Err(ConnectError::Failed(error.to_string())),
            Err(_) => Err(ConnectError::Failed(format!("no answer within {limit:?}"))),
        }
    }

    /// The next message. May be cancelled without losing one.
    ///
    /// # Errors
    /// When the connection has ended.
    pub async fn read(&mut self) -> Result<Received, Closed> {
        match self.0.next().await {
            Some(Ok(Message::Text(text))) => Ok(Received::Text(text)),
            Some(Ok(Message::Binary(bytes))) => Ok(Received::Binary(bytes)),
            Some(Ok(Message::Close(frame))) => {
                let code = frame.as_ref().map(|frame| frame.code.into());
                let reason = frame.map(|frame| frame.reason.to_string()).unwrap_or_default();
                Err(Closed::ByGateway { code, reason })
            }
            Some(Ok(Message::Ping(_) | Message::Pong(_) | Message::Frame(_))) => Ok(Received::Alive),
            Some(Err(error)) => Err(Closed::Lost(Some(Box::new(error)))),
            None => Err(Closed::Lost(None)),
        }
    }

    /// Sends a text message.
    ///
    /// # Errors
    /// When the connection has ended.
    pub async fn send(&mut self, text: String) -> Result<(), Closed> {
        self.0.send(Message::text(text)).await.map_err(|error| Closed::Lost(Some(Box::new(error))))
    }

    /// Closes the connection, with a close frame if it can be sent soon.
    pub async fn close(mut self) {
        let _ = timeout(CLOSE_LIMIT, self.0.send(Message::Close(None))).await;
    }
}
