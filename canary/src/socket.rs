//! One WebSocket to the gateway: connects, sends events and reads frames. What they mean is left to `watch`.

use std::time::Duration;

use delivery_messages::deliveries::canary;
use futures::{SinkExt, StreamExt};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Serialize;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async_with_config};

use crate::failure::Failure;
use crate::frames::{self, Frame};

/// How long a connection may take to open.
const CONNECT_LIMIT: Duration = Duration::from_secs(5);
/// How long a frame may take to send.
const SEND_LIMIT: Duration = Duration::from_secs(5);
/// How long the gateway may be silent: it pings every 20 seconds.
const SILENCE_LIMIT: Duration = Duration::from_secs(45);

/// The maximum number of bytes of a frame: those about one delivery have some kilobytes, and the process has little memory.
const MAX_FRAME: usize = 4 << 20;

/// An open connection.
#[derive(Debug)]
pub(crate) struct Socket(WebSocketStream<MaybeTlsStream<TcpStream>>);

/// Why there is no next frame.
#[derive(Debug)]
pub(crate) enum Cut {
    /// The connection is lost: the end of a sentence. Another may take its place.
    Lost(String),
    /// The run has failed.
    Failed(Failure),
}

impl From<Failure> for Cut {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}

#[derive(Serialize)]
struct Event<'a, T> {
    event: &'a str,
    data: &'a T,
}

impl Socket {
    /// Connects to the gateway's WebSocket at `address`, for every position of the canary's deliveries: from now on, or from a cursor.
    pub(crate) async fn open(address: &str, cursor: Option<&str>) -> Result<Self, Cut> {
        let mut url = format!("{address}?mode=all&courier={}", canary::COURIER);
        if let Some(cursor) = cursor {
            url.push_str("&cursor=");
            url.extend(utf8_percent_encode(cursor, NON_ALPHANUMERIC));
        }
        let bounds = WebSocketConfig::default().max_message_size(Some(MAX_FRAME)).max_frame_size(Some(MAX_FRAME));
        match timeout(CONNECT_LIMIT, connect_async_with_config(url, Some(bounds), false)).await {
            Ok(Ok((stream, _))) => Ok(Self(stream)),
            Ok(Err(error)) => Err(Cut::Lost(error.to_string())),
            Err(_) => Err(Cut::Lost(format!("there was no answer within {} s", CONNECT_LIMIT.as_secs()))),
        }
    }

    /// Sends an event.
    pub(crate) async fn send<T: Serialize>(&mut self, event: &str, data: &T) -> Result<(), Cut> {
        let text = serde_json::to_string(&Event { event, data }).map_err(|error| Cut::Lost(error.to_string()))?;
        match timeout(SEND_LIMIT, self.0.send(Message::text(text))).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => Err(Cut::Lost(error.to_string())),
            Err(_) => Err(Cut::Lost(format!("nothing could be sent for {} s", SEND_LIMIT.as_secs()))),
        }
    }

    /// The next frame. The library answers pings.
    pub(crate) async fn next(&mut self) -> Result<Frame, Cut> {
        loop {
            let silent = |_| Cut::Lost(format!("it was silent for {} s", SILENCE_LIMIT.as_secs()));
            match timeout(SILENCE_LIMIT, self.0.next()).await.map_err(silent)? {
                Some(Ok(Message::Text(text))) => return Ok(frames::read(text.as_str())?),
                Some(Ok(Message::Close(frame))) => {
                    let code = frame.map_or_else(|| "no code".to_owned(), |frame| frame.code.to_string());
                    return Err(Cut::Lost(format!("it closed the connection ({code})")));
                }
                Some(Ok(_)) => {}
                Some(Err(error)) => return Err(Cut::Lost(error.to_string())),
                None => return Err(Cut::Lost("the connection was lost".to_owned())),
            }
        }
    }

    /// Closes the connection, with a close frame if it can be sent soon.
    pub(crate) async fn close(mut self) {
        let _ = timeout(SEND_LIMIT, self.0.close(None)).await;
    }
}

#[cfg(test)]
#[path = "tests/socket.rs"]
mod tests;
