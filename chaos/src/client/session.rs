//! One WebSocket client: it connects, records what it receives, is disconnected, and reconnects with its cursor to whichever gateway
//! accepts it.
//!
//! It decides nothing: what it receives goes into its [`Ledger`]. If no gateway responds, it retries soon; a silent
//! connection is closed, as by the page.

use std::collections::HashMap;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use delivery_e2e::web_socket::{ConnectError, Received, WebSocket};
use tokio::sync::{Notify, watch};
use tokio::time::{sleep, sleep_until, timeout};

use super::binary;
use super::cursor::Cursor;
use super::frames::{self, DeliveryView, Frame};
use super::ledger::{Fix, Ledger, Mode, Summary, coordinates};

const CONNECT: Duration = Duration::from_secs(5);
const SILENCE: Duration = Duration::from_secs(30);
const RETRY_MILLISECONDS: std::ops::Range<u64> = 100..1_000;
/// How many seconds a restless client stays connected.
const STAY_SECONDS: std::ops::Range<u64> = 15..90;

/// How positions are framed.
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
    /// Whether it disconnects now and then.
    pub(crate) restless: bool,
}

impl Kind {
    /// The kinds alternate: half `all`, half `latest`, all three forms in each; every second group of six is restless.
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

/// The part of a client that is shared while it runs.
#[derive(Debug)]
pub(crate) struct Client {
    pub(crate) kind: Kind,
    ledger: Mutex<Ledger>,
    /// Cuts the connection.
    pub(crate) cut: Notify,
    /// When it last received a position, milliseconds since the epoch.
    pub(crate) last_position_at: AtomicI64,
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
            last_position_at: AtomicI64::new(0),
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
    /// By how much binary frames have advanced each partition since that cursor.
    steps: Vec<u64>,
    /// The numbers that this replica gives the deliveries, with their ids and origins.
    known: HashMap<u64, (Arc<str>, [i64; 2])>,
}

/// What to do after a frame.
enum Next {
    Read,
    /// Reconnect after this pause.
    Leave(Duration),
}

impl Session {
    /// One connection, from start to end; returns how long to wait before the next one if the end was not a failure.
    async fn connection(&mut self, address: &str) -> Option<Duration> {
        let client = Arc::clone(&self.client);
        let query = format!("{}{}", self.client.kind.query(), self.cursor_query());
        let mut socket = match WebSocket::connect(address, &query, CONNECT).await {
            Ok(socket) => socket,
            Err(ConnectError::Refused(_)) => {
                client.refused.fetch_add(1, Ordering::Relaxed);
                return None;
            }
            Err(ConnectError::Failed(_)) => return None,
        };
        client.connections.fetch_add(1, Ordering::Relaxed);
        let stay = Duration::from_secs(self.rng.u64(STAY_SECONDS));
        let leave = sleep_until(tokio::time::Instant::now() + stay);
        tokio::pin!(leave);
        loop {
            let message = tokio::select! {
                () = client.cut.notified() => return Some(Duration::from_millis(self.rng.u64(0..2_000))),
                () = &mut leave, if client.kind.restless => return Some(Duration::ZERO),
                message = timeout(SILENCE, socket.read()) => message,
            };
            let Ok(Ok(message)) = message else { return None };
            match self.take(message) {
                Next::Read => {}
                Next::Leave(pause) => {
                    socket.close().await;
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
            self.client.ledger().violation("", format!("the cursor {text} does not match docs/protocol.md"));
            return format!("&cursor={text}");
        };
        cursor.advance(&self.steps);
        format!("&cursor={}", cursor.text())
    }

    fn take(&mut self, message: Received) -> Next {
        match message {
            Received::Text(text) => match frames::read(&text) {
                Ok(frame) => return self.frame(frame),
                Err(error) => {
                    let text: String = text.chars().take(120).collect();
                    self.client.ledger().violation("", format!("a frame cannot be read ({error}): {text}"));
                }
            },
            Received::Binary(bytes) => match binary::read(&bytes) {
                Ok(positions) => self.positions(&positions),
                Err(error) => self.client.ledger().violation("", error.to_string()),
            },
            Received::Alive => {}
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
                let summaries = self.summaries(deliveries);
                ledger.snapshot(&summaries, unasked, jiff::Timestamp::now().as_millisecond());
                self.keep_cursor(&mut ledger, cursor);
            }
            Frame::Resumed { cursor, deliveries } => {
                client.resumed.fetch_add(1, Ordering::Relaxed);
                self.known.clear();
                let summaries = self.summaries(deliveries);
                ledger.resumed(&summaries);
                self.keep_cursor(&mut ledger, cursor);
            }
            Frame::Delivery(view) => {
                for summary in self.summaries(vec![view]) {
                    ledger.delivery(&summary);
                }
            }
            Frame::Positions { positions, cursor } => {
                for position in positions {
                    ledger.position(&position.delivery_id, position.fix());
                }
                self.note_position();
                self.keep_cursor(&mut ledger, cursor);
            }
            Frame::Ended { delivery_id, phase } => ledger.ended(&delivery_id, phase),
            Frame::Heartbeat { cursor } => self.keep_cursor(&mut ledger, cursor),
            Frame::Reconnect { cursor, within_milliseconds } => {
                self.keep_cursor(&mut ledger, cursor);
                let limit = within_milliseconds.clamp(1, 2_000);
                return Next::Leave(Duration::from_millis(self.rng.u64(0..limit)));
            }
            Frame::Accepted { .. } | Frame::Rejected { .. } | Frame::Other(_) => {}
        }
        Next::Read
    }

    /// Keeps the cursor of a frame.
    fn keep_cursor(&mut self, ledger: &mut Ledger, cursor: Option<String>) {
        if let Some(cursor) = cursor
            && self.client.kind.mode == Mode::All
        {
            self.cursor = Some(cursor);
            self.steps.clear();
            ledger.cursor();
        }
    }

    fn summaries(&mut self, views: Vec<DeliveryView>) -> Vec<Summary> {
        let mut summaries = Vec::with_capacity(views.len());
        for view in views {
            if let (Some(number), Some(origin)) = (view.number, view.origin) {
                self.known.insert(number, (Arc::clone(&view.delivery_id), coordinates(origin)));
            }
            summaries.push(view.summary());
        }
        summaries
    }

    fn positions(&mut self, found: &binary::Positions) {
        let client = Arc::clone(&self.client);
        let mut ledger = client.ledger();
        for record in &found.records {
            match self.known.get(&record.number) {
                Some((id, [lng, lat])) => {
                    let coordinates = [lng + record.offset[0], lat + record.offset[1]];
                    ledger.position(id, Fix { seq: record.seq, coordinates });
                }
                None => {
                    ledger.violation("", format!("a binary frame has the unknown delivery number {}", record.number));
                }
            }
        }
        if found.steps.iter().any(|step| *step > 0) {
            self.steps.resize(self.steps.len().max(found.steps.len()), 0);
            self.steps.iter_mut().zip(&found.steps).for_each(|(sum, step)| *sum += step);
            ledger.cursor();
        }
        self.note_position();
    }

    fn note_position(&self) {
        self.client.last_position_at.store(jiff::Timestamp::now().as_millisecond(), Ordering::Relaxed);
    }
}
