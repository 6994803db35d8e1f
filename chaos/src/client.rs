//! One WebSocket client: connects, records, is cut, comes back with its cursor to whichever replica takes it.
//!
//! It decides nothing: what it is shown goes into its [`Ledger`]. A gateway that is away is asked again soon; a connection
//! that says nothing for long is given up, as a browser's page would.

use crate::binary;
use crate::cursor::Cursor;
use crate::frames::{self, Frame, View};
use crate::ledger::{Ledger, Mode, Shown, Sight};
use futures::{SinkExt, StreamExt};
use std::collections::HashMap;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::{Notify, watch};
use tokio::time::{sleep, sleep_until, timeout};
use tokio_tungstenite::tungstenite::{Error as WebSocketError, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

const CONNECT: Duration = Duration::from_secs(5);
const SILENCE: Duration = Duration::from_secs(30);
const RETRY_MILLISECONDS: std::ops::Range<u64> = 100..1_000;
/// A restless client stays so many seconds.
const STAY_SECONDS: std::ops::Range<u64> = 15..90;

/// How positions come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    Single,
    Batched,
    Binary,
}

/// What kind of client it is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Kind {
    pub(crate) mode: Mode,
    pub(crate) form: Form,
    /// Whether it cuts its own connection now and then.
    pub(crate) restless: bool,
}

impl Kind {
    /// The kinds take turns: half of them `all`, half `latest`; all three forms in each; every other one is restless.
    pub(crate) fn of(number: usize) -> Self {
        let mode = if number.is_multiple_of(2) { Mode::All } else { Mode::Latest };
        let form = [Form::Single, Form::Batched, Form::Binary][number / 2 % 3];
        Self { mode, form, restless: (number / 6).is_multiple_of(2) }
    }

    fn query(self) -> &'static str {
        match (self.mode, self.form) {
            (Mode::All, Form::Single) => "mode=all",
            (Mode::All, Form::Batched) => "mode=all&batch=true",
            (Mode::All, Form::Binary) => "mode=all&form=binary",
            (Mode::Latest, Form::Single) => "mode=latest",
            (Mode::Latest, Form::Batched) => "mode=latest&batch=true",
            (Mode::Latest, Form::Binary) => "mode=latest&form=binary",
        }
    }
}

/// What others may know of a client while it runs.
#[derive(Debug)]
pub(crate) struct Client {
    pub(crate) kind: Kind,
    ledger: Mutex<Ledger>,
    /// Cuts the connection.
    pub(crate) cut: Notify,
    /// When it last got a position, milliseconds since the epoch.
    pub(crate) heard: AtomicI64,
    pub(crate) connections: AtomicU64,
    pub(crate) resumed: AtomicU64,
    pub(crate) refused: AtomicU64,
}

impl Client {
    pub(crate) fn new(kind: Kind) -> Self {
        Self {
            kind,
            ledger: Mutex::new(Ledger::new(kind.mode)),
            cut: Notify::new(),
            heard: AtomicI64::new(0),
            connections: AtomicU64::new(0),
            resumed: AtomicU64::new(0),
            refused: AtomicU64::new(0),
        }
    }

    pub(crate) fn ledger(&self) -> MutexGuard<'_, Ledger> {
        self.ledger.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Runs a client until `stop` is true.
pub(crate) async fn run(client: Arc<Client>, address: String, mut rng: fastrand::Rng, mut stop: watch::Receiver<bool>) {
    let mut session = Session { client, rng: rng.fork(), cursor: None, steps: Vec::new(), known: HashMap::new() };
    let stopped = async move { while !*stop.borrow() && stop.changed().await.is_ok() {} };
    tokio::select! {
        () = stopped => {}
        () = async {
            loop {
                let pause = session.connection(&address).await;
                sleep(pause.unwrap_or_else(|| Duration::from_millis(rng.u64(RETRY_MILLISECONDS)))).await;
            }
        } => {}
    }
}

struct Session {
    client: Arc<Client>,
    rng: fastrand::Rng,
    cursor: Option<String>,
    /// What binary frames carried since that cursor.
    steps: Vec<u64>,
    /// What this replica calls the deliveries: their ids and origins.
    known: HashMap<u64, (Arc<str>, [i64; 2])>,
}

/// What follows from a frame.
enum Next {
    Read,
    /// Connect anew, after so long.
    Leave(Duration),
}

impl Session {
    /// One connection, from its beginning to its end; returns how long to wait before the next, if somebody said so.
    async fn connection(&mut self, address: &str) -> Option<Duration> {
        let client = Arc::clone(&self.client);
        let url = format!("ws://{address}/ws?{}{}", self.client.kind.query(), self.cursor_query());
        let mut socket = match timeout(CONNECT, connect_async(url)).await {
            Ok(Ok((socket, _))) => socket,
            Ok(Err(WebSocketError::Http(_))) => {
                client.refused.fetch_add(1, Ordering::Relaxed);
                return None;
            }
            Ok(Err(_)) | Err(_) => return None,
        };
        client.connections.fetch_add(1, Ordering::Relaxed);
        let stay = Duration::from_secs(self.rng.u64(STAY_SECONDS));
        let leave = sleep_until(tokio::time::Instant::now() + stay);
        tokio::pin!(leave);
        loop {
            let message = tokio::select! {
                () = client.cut.notified() => return Some(Duration::from_millis(self.rng.u64(0..2_000))),
                () = &mut leave, if client.kind.restless => return Some(Duration::ZERO),
                message = timeout(SILENCE, socket.next()) => message,
            };
            let Ok(Some(Ok(message))) = message else { return None };
            match self.take(message) {
                Next::Read => {}
                Next::Leave(pause) => {
                    close(&mut socket).await;
                    return Some(pause);
                }
            }
        }
    }

    fn cursor_query(&self) -> String {
        let Some(text) = &self.cursor else { return String::new() };
        if self.steps.is_empty() {
            return format!("&cursor={text}");
        }
        let Some(mut cursor) = Cursor::read(text) else {
            self.client.ledger().fault("", format!("the cursor {text} is not what docs/protocol.md says"));
            return format!("&cursor={text}");
        };
        cursor.advance(&self.steps);
        format!("&cursor={}", cursor.text())
    }

    fn take(&mut self, message: Message) -> Next {
        match message {
            Message::Text(text) => match frames::read(&text) {
                Ok(frame) => return self.frame(frame),
                Err(error) => {
                    let text: String = text.chars().take(120).collect();
                    self.client.ledger().fault("", format!("a frame cannot be read ({error}): {text}"));
                }
            },
            Message::Binary(bytes) => match binary::read(&bytes) {
                Ok(positions) => self.positions(&positions),
                Err(error) => self.client.ledger().fault("", error.to_string()),
            },
            Message::Ping(_) | Message::Pong(_) | Message::Close(_) | Message::Frame(_) => {}
        }
        Next::Read
    }

    fn frame(&mut self, frame: Frame) -> Next {
        let client = Arc::clone(&self.client);
        let mut ledger = client.ledger();
        match frame {
            Frame::Snapshot { cursor, reason, deliveries } => {
                let unasked = self.cursor.as_ref().map(|_| reason.as_str());
                self.known.clear();
                let sights = self.learn(deliveries);
                ledger.snapshot(&sights, unasked, jiff::Timestamp::now().as_millisecond());
                self.place(&mut ledger, cursor);
            }
            Frame::Resumed { cursor, deliveries } => {
                client.resumed.fetch_add(1, Ordering::Relaxed);
                self.known.clear();
                let sights = self.learn(deliveries);
                ledger.resumed(&sights);
                self.place(&mut ledger, cursor);
            }
            Frame::Delivery(view) => {
                for sight in self.learn(vec![view]) {
                    ledger.delivery(&sight);
                }
            }
            Frame::Positions { positions, cursor } => {
                for position in positions {
                    ledger.position(&position.delivery_id, position.shown());
                }
                self.heard();
                self.place(&mut ledger, cursor);
            }
            Frame::Ended { delivery_id, phase } => ledger.ended(&delivery_id, phase),
            Frame::Heartbeat { cursor } => self.place(&mut ledger, cursor),
            Frame::Reconnect { cursor, within_milliseconds } => {
                self.place(&mut ledger, cursor);
                let most = within_milliseconds.clamp(1, 2_000);
                return Next::Leave(Duration::from_millis(self.rng.u64(0..most)));
            }
            Frame::Accepted { .. } | Frame::Rejected { .. } | Frame::Other(_) => {}
        }
        Next::Read
    }

    /// A cursor that a frame carried.
    fn place(&mut self, ledger: &mut Ledger, cursor: Option<String>) {
        if let Some(cursor) = cursor
            && self.client.kind.mode == Mode::All
        {
            self.cursor = Some(cursor);
            self.steps.clear();
            ledger.cursor();
        }
    }

    fn learn(&mut self, views: Vec<View>) -> Vec<Sight> {
        let mut sights = Vec::with_capacity(views.len());
        for view in views {
            if let (Some(number), Some(origin)) = (view.number, view.origin) {
                self.known.insert(number, (Arc::clone(&view.delivery_id), crate::ledger::place(origin)));
            }
            sights.push(view.sight());
        }
        sights
    }

    fn positions(&mut self, found: &binary::Positions) {
        let client = Arc::clone(&self.client);
        let mut ledger = client.ledger();
        for record in &found.records {
            match self.known.get(&record.number) {
                Some((id, [lng, lat])) => {
                    let place = [lng + record.offset[0], lat + record.offset[1]];
                    ledger.position(id, Shown { seq: record.seq, place });
                }
                None => ledger.fault("", format!("a binary frame names delivery {}, unknown here", record.number)),
            }
        }
        if found.steps.iter().any(|step| *step > 0) {
            self.steps.resize(self.steps.len().max(found.steps.len()), 0);
            self.steps.iter_mut().zip(&found.steps).for_each(|(sum, step)| *sum += step);
            ledger.cursor();
        }
        self.heard();
    }

    fn heard(&self) {
        self.client.heard.store(jiff::Timestamp::now().as_millisecond(), Ordering::Relaxed);
    }
}

/// Says goodbye, for a moment.
async fn close(socket: &mut WebSocketStream<MaybeTlsStream<tokio::net::TcpStream>>) {
    let _ = timeout(Duration::from_millis(200), socket.send(Message::Close(None))).await;
}
