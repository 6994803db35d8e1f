//! A WebSocket client and an HTTP client that fail a test when nothing comes.

use std::collections::HashMap;
use std::time::Duration;

use futures::{SinkExt, StreamExt};
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::http::Response;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

use super::Running;

const SOON: Duration = Duration::from_secs(10);

pub(super) struct Socket(pub(super) WebSocketStream<MaybeTlsStream<TcpStream>>);

impl Socket {
    /// Connects and takes the snapshot.
    pub(super) async fn open(running: &Running) -> (Self, Value) {
        let (socket, event, data) = Self::open_at(running, "").await;
        assert_eq!(event, "snapshot");
        (socket, data["deliveries"].clone())
    }

    /// Connects with these parameters and takes the first frame and the status after it.
    pub(super) async fn open_at(running: &Running, query: &str) -> (Self, String, Value) {
        let mut socket = Self::connect(running, query).await;
        let (event, data) = socket.next().await;
        let (status, _) = socket.next().await;
        assert_eq!(status, "status");
        (socket, event, data)
    }

    /// Connects with these parameters.
    pub(super) async fn connect(running: &Running, query: &str) -> Self {
        Self(connect_async(running.url(&format!("/ws?{query}"))).await.unwrap().0)
    }

    pub(super) async fn send(&mut self, text: &str) {
        self.0.send(Message::text(text.to_owned())).await.unwrap();
    }

    /// The next frame's event and data.
    pub(super) async fn next(&mut self) -> (String, Value) {
        match self.message().await {
            Message::Text(text) => {
                let mut frame: Value = serde_json::from_str(&text).unwrap();
                (frame["event"].as_str().unwrap().to_owned(), frame["data"].take())
            }
            other => panic!("{other:?}"),
        }
    }

    /// The next message that is not a ping.
    pub(super) async fn message(&mut self) -> Message {
        loop {
            match timeout(SOON, self.0.next()).await.expect("no frame came").expect("the socket ended").unwrap() {
                Message::Ping(_) | Message::Pong(_) => {}
                other => return other,
            }
        }
    }

    /// The data of the next frame with this event; other frames are skipped.
    pub(super) async fn until(&mut self, event: &str) -> Value {
        loop {
            let (found, data) = self.next().await;
            if found == event {
                return data;
            }
        }
    }

    /// Reads to the end and returns the close code.
    pub(super) async fn closed(&mut self) -> Option<CloseCode> {
        loop {
            match timeout(SOON, self.0.next()).await.expect("it did not close") {
                Some(Ok(Message::Close(frame))) => return frame.map(|frame| frame.code),
                Some(Ok(_)) => {}
                None | Some(Err(_)) => return None,
            }
        }
    }
}

/// Requests a WebSocket that is refused.
pub(super) async fn refused(url: &str, headers: &[(&'static str, &str)]) -> Response<Option<Vec<u8>>> {
    let mut request = url.into_client_request().unwrap();
    for (name, value) in headers {
        request.headers_mut().insert(*name, value.parse().unwrap());
    }
    match connect_async(request).await {
        Err(Error::Http(response)) => *response,
        other => panic!("{other:?}"),
    }
}

pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) headers: HashMap<String, String>,
    pub(super) body: String,
}

impl Answer {
    pub(super) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {:?}", self.body))
    }

    pub(super) fn reason(&self) -> String {
        self.json()["error"]["reason"].as_str().unwrap().to_owned()
    }
}

/// Sends a request of exactly these lines, and reads the response until the connection ends.
pub(super) async fn ask(running: &Running, request: &str) -> Answer {
    let mut tcp = TcpStream::connect(running.address).await.unwrap();
    tcp.write_all(request.replace('\n', "\r\n").as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    timeout(SOON, tcp.read_to_end(&mut answer)).await.expect("no answer came").unwrap();
    let answer = String::from_utf8_lossy(&answer).into_owned();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or_else(|| panic!("no answer: {answer:?}"));
    let mut lines = head.lines();
    let status = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
    let mut headers: HashMap<String, String> = HashMap::new();
    for (name, value) in lines.filter_map(|line| line.split_once(": ")) {
        // A list may come in several lines.
        let known = headers.entry(name.to_lowercase()).and_modify(|all| *all = format!("{all}, {value}"));
        known.or_insert_with(|| value.to_owned());
    }
    Answer { status, headers, body: body.to_owned() }
}

pub(super) async fn get(running: &Running, path: &str) -> Answer {
    ask(running, &format!("GET {path} HTTP/1.1\nhost: map.example\nconnection: close\n\n")).await
}
