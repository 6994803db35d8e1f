//! Clients that do not read: `WebSockets` that are opened and never read again, and upgrades that never finish. The gateways must not let
//! the others wait for them, and must close them in time.
//!
//! Whether they are closed is read from the gateways' metrics: a connection whose client reads nothing cannot be told that it has ended.

use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};
use tokio::task::JoinHandle;
use tokio::time::timeout;

use crate::client::session::Client;
use crate::evidence::activity::ActivityWatch;
use crate::faults::gateways::{Gateway, counted};
use crate::faults::trial::{Hit, Trial, time_until};

/// The receive buffer of a client that does not read, bytes; the kernel doubles it.
const BUFFER: u32 = 2048;
const ANSWER: Duration = Duration::from_secs(30);
/// How long a gateway may take to serve again.
const SERVES: Duration = Duration::from_mins(2);
/// How long the other clients are watched, and how long none of them may have no position. A few reconnect of their own accord.
const WATCHED: Duration = Duration::from_secs(15);
const DELAY: Duration = Duration::from_secs(10);
const LOOK: Duration = Duration::from_millis(100);
/// Between two looks at what the gateways have closed.
const PAUSE: Duration = Duration::from_secs(1);

/// A kind of socket that does not read.
struct Kind {
    what: &'static str,
    /// The gateway's counter of closed connections, and its reasons for closing one of this kind.
    counter: &'static str,
    reasons: &'static [&'static str],
    /// How long one may stay open.
    limit: Duration,
}

const KINDS: [Kind; 2] = [
    // docs/protocol.md: after a minute of silence, at which the gateway looks every 20 seconds, or a minute for a write, which may begin
    // just before.
    Kind {
        what: "unread WebSocket",
        counter: "delivery_gateway_websocket_connections_closed_total",
        reasons: &["silent", "slow", "fell-off"],
        limit: Duration::from_secs(160),
    },
    // gateway.limits.stallSeconds is 30.
    Kind {
        what: "unfinished upgrade",
        counter: "delivery_gateway_http_connections_closed_total",
        reasons: &["no-request"],
        limit: Duration::from_mins(1),
    },
];

/// What was opened at one gateway.
struct Opened {
    gateway: Gateway,
    /// Connections of both kinds.
    count: [u64; 2],
    /// Of both kinds: how many the gateway had closed before.
    closed_before: [u64; 2],
}

/// The clients that do not read, watched until the gateways have closed them.
#[derive(Default)]
pub(crate) struct Crowd(Mutex<Option<JoinHandle<Trial>>>);

impl Crowd {
    /// Opens so many `WebSockets` and unfinished upgrades, spread over the gateways, and watches the other clients for a while.
    ///
    /// # Errors
    /// When they cannot be opened, or nothing is under way that the others could miss.
    pub(crate) async fn open(
        &self,
        gateways: Vec<Gateway>,
        counts: [usize; 2],
        clients: &[Arc<Client>],
        activity: &ActivityWatch,
    ) -> Result<Hit> {
        ensure!(!gateways.is_empty(), "no gateway is running");
        let is_moving = || activity.with(|activity| activity.under_way() > 0);
        ensure!(
            is_moving(),
            "no delivery is under way, so the sockets have nothing to read and no client can be delayed"
        );
        let began = jiff::Timestamp::now().as_millisecond();
        let (opened, sockets) = open(gateways, counts).await?;
        let closing = tokio::spawn(closing(opened, sockets));
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(closing);
        let (watched, mut longest) = (Instant::now(), 0);
        while watched.elapsed() < WATCHED && is_moving() {
            let connected = clients.iter().filter(|client| client.connections.load(Ordering::Relaxed) > 0);
            let last = connected.map(|client| client.last_position_at.load(Ordering::Relaxed));
            longest = longest.max(longest_wait(last, began, jiff::Timestamp::now().as_millisecond()));
            tokio::time::sleep(LOOK).await;
        }
        let (longest, mut trial) = (Duration::from_millis(longest), Trial::default());
        let target = format!("{} unread, {} unfinished upgrades", counts[0], counts[1]);
        trial.expect(longest <= DELAY, || {
            format!("a client that reads had no position for {longest:.1?} beside {target}; expected at most {DELAY:?}")
        });
        Ok(Hit { target: format!("{target}; others waited {longest:.1?}"), trial: Some(trial) })
    }

    /// Waits until the gateways have closed all of them, or the time for it is over; none if none were opened.
    ///
    /// # Errors
    /// When watching failed.
    pub(crate) async fn closed(&self) -> Result<Option<Trial>> {
        let closing = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        match closing {
            Some(closing) => Ok(Some(closing.await.context("watching the unread sockets failed")?)),
            None => Ok(None),
        }
    }
}

/// Opens the sockets. Each WebSocket is upgraded, and of each unfinished upgrade the gateway has a part.
async fn open(gateways: Vec<Gateway>, counts: [usize; 2]) -> Result<(Vec<Opened>, Vec<TcpStream>)> {
    let (mut opened, mut sockets) = (Vec::new(), Vec::new());
    for gateway in gateways {
        // A container that was killed just now counts as ready until the next probe.
        let serves = time_until(SERVES, async || gateway.serves("/deliveries").await).await;
        serves.with_context(|| format!("{} serves no deliveries after {SERVES:?}", gateway.name))?;
        let metrics = gateway.metrics().await?;
        let closed_before = KINDS.map(|kind| counted(&metrics, kind.counter, kind.reasons));
        opened.push(Opened { gateway, count: [0, 0], closed_before });
    }
    let places = opened.len();
    for (kind, count) in counts.into_iter().enumerate() {
        for number in 0..count {
            let one = &mut opened[number % places];
            let socket = timeout(ANSWER, connect(&one.gateway.address, kind == 0, number)).await;
            let socket = socket.with_context(|| format!("{} did not answer within {ANSWER:?}", one.gateway.name))?;
            sockets.push(socket.with_context(|| format!("{} could not be reached", one.gateway.name))?);
            one.count[kind] += 1;
        }
    }
    Ok((opened, sockets))
}

/// Connects with a small receive buffer. An unread one reads the answer to its upgrade and nothing more; the other never ends its
/// request.
async fn connect(address: &str, is_unread: bool, number: usize) -> Result<TcpStream> {
    let socket = TcpSocket::new_v4()?;
    socket.set_recv_buffer_size(BUFFER)?;
    let mut tcp = socket.connect(address.parse()?).await?;
    let mode = if number.is_multiple_of(2) { "all" } else { "latest" };
    let begun =
        format!("GET /ws?mode={mode} HTTP/1.1\r\nHost: {address}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n");
    tcp.write_all(begun.as_bytes()).await?;
    if is_unread {
        let key = STANDARD.encode(format!("unread {number:09}"));
        tcp.write_all(format!("Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n\r\n").as_bytes()).await?;
        let mut line = Vec::new();
        while !line.ends_with(b"\r\n") {
            line.push(tcp.read_u8().await?);
        }
        let line = String::from_utf8_lossy(&line);
        ensure!(line.starts_with("HTTP/1.1 101 "), "the upgrade is answered with {line:?}; expected 101");
    }
    Ok(tcp)
}

/// Watches until the gateways have closed all sockets of both kinds.
async fn closing(opened: Vec<Opened>, sockets: Vec<TcpStream>) -> Trial {
    let (mut trial, since, mut took) = (Trial::default(), Instant::now(), [None; 2]);
    while KINDS.iter().zip(&took).any(|(kind, took)| took.is_none() && since.elapsed() < kind.limit) {
        for (number, took) in took.iter_mut().enumerate().filter(|(_, took)| took.is_none()) {
            let is_closed = still_open(&opened, number).await.is_ok_and(|open| open == 0);
            *took = is_closed.then(|| since.elapsed());
        }
        tokio::time::sleep(PAUSE).await;
    }
    for (number, (kind, took)) in KINDS.iter().zip(took).enumerate() {
        trial.recovered(format!("every {} was closed", kind.what), took, kind.limit);
        if took.is_none() {
            let open = still_open(&opened, number).await;
            let open = open.map_or_else(|error| format!("an unknown number ({error:#})"), |open| open.to_string());
            let of: u64 = opened.iter().map(|one| one.count[number]).sum();
            trial.object([format!("of {of} {}s {open} are still open according to {}", kind.what, kind.counter)]);
        }
    }
    // Until here they were open on this side.
    drop(sockets);
    trial
}

/// How many connections of a kind the gateways have not closed.
async fn still_open(opened: &[Opened], kind: usize) -> Result<u64> {
    let mut open = 0;
    for one in opened {
        let closed = counted(&one.gateway.metrics().await?, KINDS[kind].counter, KINDS[kind].reasons);
        open += one.count[kind].saturating_sub(closed.saturating_sub(one.closed_before[kind]));
    }
    Ok(open)
}

/// The longest time since the last position of any of the clients, or since the beginning; all in milliseconds.
fn longest_wait(last: impl Iterator<Item = i64>, began: i64, now: i64) -> u64 {
    let waits = last.map(|last| u64::try_from(now - last.max(began)).unwrap_or_default());
    waits.max().unwrap_or_default()
}

#[cfg(test)]
#[path = "tests/crowd.rs"]
mod tests;
