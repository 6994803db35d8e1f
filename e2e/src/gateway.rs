//! The gateway, as a browser sees it: HTTP requests and a WebSocket, without the entrance in front of it.

use anyhow::{Result, bail};
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::{Method, StatusCode};
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use serde_json::{Value, json};

use crate::web_socket::{Closed, Received, WebSocket};
use crate::{PATIENCE, http, within};

/// The gateway's address: `GATEWAY`, or the demo's.
#[must_use]
pub fn address() -> String {
    std::env::var("GATEWAY").unwrap_or_else(|_| "127.0.0.1:30081".to_owned())
}

/// Sends a request and reads the answer as JSON; an answer that is not JSON is returned as text.
///
/// # Errors
/// When the gateway does not answer.
pub async fn request(method: Method, path: &str, body: Option<&Value>) -> Result<(StatusCode, Value)> {
    within("the gateway's answer", http::ask(method, &format!("http://{}{path}", address()), body)).await
}

/// GET of any loopback port as text.
///
/// # Errors
/// When there is no answer with status 200.
pub async fn get_from(address: &str, path: &str) -> Result<String> {
    let client: Client<_, Full<Bytes>> = Client::builder(TokioExecutor::new()).build_http();
    let answer = client.get(format!("http://{address}{path}").parse()?).await?;
    let (status, bytes) = (answer.status(), answer.into_body().collect().await?.to_bytes());
    anyhow::ensure!(status == StatusCode::OK, "GET {path} answers {status}");
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// GET as JSON.
///
/// # Errors
/// When the gateway does not answer with 200.
pub async fn get(path: &str) -> Result<Value> {
    match request(Method::GET, path, None).await? {
        (StatusCode::OK, value) => Ok(value),
        (status, value) => bail!("GET {path} answers {status}: {value}"),
    }
}

/// An open WebSocket whose messages are JSON events.
#[derive(Debug)]
pub struct Socket(WebSocket);

impl Socket {
    /// Opens one, and returns the snapshot that is sent first.
    ///
    /// # Errors
    /// When it cannot be opened, or the first frame is not a snapshot.
    pub async fn open() -> Result<(Self, Value)> {
        Self::open_at(&address()).await
    }

    /// Opens one through another address, such as a proxy's.
    ///
    /// # Errors
    /// As [`Socket::open`].
    pub async fn open_at(address: &str) -> Result<(Self, Value)> {
        let mut socket = Self(WebSocket::connect(address, "", PATIENCE).await?);
        let (event, snapshot) = socket.next().await?;
        if event != "snapshot" {
            bail!("the first frame is {event} instead of a snapshot: {snapshot}");
        }
        Ok((socket, snapshot))
    }

    /// Opens one with parameters, and reads nothing yet.
    ///
    /// # Errors
    /// When it cannot be opened.
    pub async fn connect(query: &str) -> Result<Self> {
        Ok(Self(WebSocket::connect(&address(), query, PATIENCE).await?))
    }

    /// Sends an event.
    ///
    /// # Errors
    /// When the connection is closed.
    pub async fn send(&mut self, event: &str, data: &Value) -> Result<()> {
        self.send_text(json!({"event": event, "data": data}).to_string()).await
    }

    /// Sends any text.
    ///
    /// # Errors
    /// When the connection is closed.
    pub async fn send_text(&mut self, text: String) -> Result<()> {
        Ok(self.0.send(text).await?)
    }

    /// The next event and its data.
    ///
    /// # Errors
    /// When the connection is closed, or nothing comes in time.
    pub async fn next(&mut self) -> Result<(String, Value)> {
        within("the next frame", async {
            loop {
                if let Received::Text(text) = self.0.read().await? {
                    let frame: Value = serde_json::from_str(&text)?;
                    return Ok((frame["event"].as_str().unwrap_or_default().to_owned(), frame["data"].clone()));
                }
            }
        })
        .await
    }

    /// The data of the next `event` for which `wanted` holds; others are skipped.
    ///
    /// # Errors
    /// As [`Socket::next`].
    pub async fn until(&mut self, event: &str, wanted: impl Fn(&Value) -> bool) -> Result<Value> {
        within(event, async {
            loop {
                let (found, data) = self.next().await?;
                if found == event && wanted(&data) {
                    return Ok(data);
                }
            }
        })
        .await
    }

    /// Reads until the gateway closes the connection, and returns the code.
    ///
    /// # Errors
    /// When it is not closed in time.
    pub async fn until_closed(&mut self) -> Result<Option<u16>> {
        within("the end of the connection", async {
            loop {
                match self.0.read().await {
                    Ok(_) => {}
                    Err(Closed::ByGateway { code, .. }) => return Ok(code),
                    Err(Closed::Lost(_)) => return Ok(None),
                }
            }
        })
        .await
    }
}
