//! WebSocket clients, the same for every server: they connect, read and check everything and record the ages.
//!
//! All clients of a run share one thread. The clock is read once per read of a socket.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::frames::Inbox;
use super::positions::Position;
use super::session::{Protocol, Session};
use super::tally::{Seen, Tally};

/// How long a connection may take until it is ready for positions.
const PATIENCE: Duration = Duration::from_secs(20);
/// How long each of them may take when there are many.
const PATIENCE_EACH: Duration = Duration::from_millis(10);
/// How many connect at the same time.
const AT_ONCE: usize = 32;

/// One connection.
pub(crate) struct Client {
    stream: TcpStream,
    inbox: Inbox,
    pub(crate) session: Session,
    found: Vec<Position>,
    out: Vec<u8>,
}

impl Client {
    /// Connects and sends the first message; positions come once its session is ready.
    ///
    /// # Errors
    /// When the server refuses.
    pub(crate) async fn connect(to: SocketAddr, protocol: &Protocol) -> Result<Self> {
        let mut stream = TcpStream::connect(to).await?;
        stream.set_nodelay(true)?;
        let request = format!(
            "GET {} HTTP/1.1\r\nHost: {to}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
             Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
            protocol.target()
        );
        stream.write_all(request.as_bytes()).await?;
        let mut inbox = Inbox::default();
        let head = loop {
            let count = stream.read(inbox.room()).await?;
            ensure!(count > 0, "the server closed the connection during the upgrade");
            inbox.filled(count);
            if let Some(head) = inbox.head() {
                break head;
            }
        };
        ensure!(head.starts_with("HTTP/1.1 101 "), "no upgrade: {}", head.lines().next().unwrap_or_default());
        let mut out = Vec::new();
        protocol.hello(&mut out);
        stream.write_all(&out).await?;
        out.clear();
        Ok(Self { stream, inbox, session: Session::new(protocol.clone()), found: Vec::new(), out })
    }

    /// Connects and waits until the session is ready.
    ///
    /// # Errors
    /// As [`Client::connect`], or when that takes too long.
    pub(crate) async fn connect_ready(to: SocketAddr, protocol: &Protocol) -> Result<Self> {
        let ready = async {
            let mut client = Self::connect(to, protocol).await?;
            // A frame may have come with the answer to the upgrade.
            client.read_inbox().await?;
            while !client.session.ready {
                client.read().await?;
            }
            Ok(client)
        };
        tokio::time::timeout(PATIENCE, ready).await.context("a client timed out waiting for its first frame")?
    }

    /// Waits for bytes and reads them; the positions in them are then in [`Client::found`]. Returns the numbers of bytes and frames.
    ///
    /// # Errors
    /// When the connection ends.
    pub(crate) async fn read(&mut self) -> Result<(usize, u64)> {
        let count = self.stream.read(self.inbox.room()).await?;
        ensure!(count > 0, "the server closed the connection");
        self.inbox.filled(count);
        Ok((count, self.read_inbox().await?))
    }

    async fn read_inbox(&mut self) -> Result<u64> {
        let mut frames = 0;
        while let Some(message) = self.inbox.next()? {
            self.session.read(message, &mut self.found, &mut self.out)?;
            frames += 1;
        }
        if !self.out.is_empty() {
            self.stream.write_all(&self.out).await?;
            self.out.clear();
        }
        Ok(frames)
    }

    /// The positions that have been read and not yet taken.
    pub(crate) const fn found(&mut self) -> &mut Vec<Position> {
        &mut self.found
    }

    async fn follow(mut self, seen: &Seen, mut tally: Tally) -> Result<()> {
        let (mut count, mut frames, mut conflated) = (0, 0, 0);
        loop {
            let now = Instant::now();
            seen.bytes.fetch_add(count as u64, Relaxed);
            seen.reads.fetch_add(u64::from(count > 0), Relaxed);
            seen.frames.fetch_add(frames, Relaxed);
            if !self.found.is_empty() {
                seen.take(&mut tally, &self.found, now)?;
                self.found.clear();
            }
            seen.conflated.fetch_add(self.session.conflated - conflated, Relaxed);
            conflated = self.session.conflated;
            (count, frames) = self.read().await?;
        }
    }
}

/// Many clients of one server, on their own thread, until they are dropped.
pub(crate) struct Crowd {
    pub(crate) seen: Arc<Seen>,
    stop: watch::Sender<bool>,
    thread: Option<JoinHandle<()>>,
}

/// The size of a crowd.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Size {
    pub clients: usize,
    /// Additional clients that never read once they are ready.
    pub stalled: usize,
}

impl Crowd {
    /// Connects all of them and returns when all are ready.
    ///
    /// # Errors
    /// When one cannot connect.
    pub(crate) async fn gather(to: SocketAddr, protocol: Protocol, size: Size, tally: Tally) -> Result<Self> {
        let seen = Arc::new(Seen::new());
        let (stop, stopped) = watch::channel(false);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let shared = Arc::clone(&seen);
        let thread = thread::Builder::new().name("clients".to_owned()).spawn(move || {
            let attended = runtime.block_on(attend(to, &protocol, size, &tally, &shared, stopped));
            if let Err(error) = attended {
                shared.fail(&error);
            }
        })?;
        let crowd = Self { seen, stop, thread: Some(thread) };
        let began = Instant::now();
        let patience = 3 * PATIENCE + PATIENCE_EACH * u32::try_from(size.clients + size.stalled)?;
        while crowd.seen.ready.load(Relaxed) < size.clients + size.stalled {
            crowd.seen.check()?;
            ensure!(began.elapsed() < patience, "not all clients could connect");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        Ok(crowd)
    }
}

impl Drop for Crowd {
    fn drop(&mut self) {
        self.stop.send_replace(true);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

async fn attend(
    to: SocketAddr,
    protocol: &Protocol,
    size: Size,
    tally: &Tally,
    seen: &Arc<Seen>,
    mut stopped: watch::Receiver<bool>,
) -> Result<()> {
    let mut clients = JoinSet::new();
    let mut stalled = Vec::with_capacity(size.stalled);
    for first in (0..size.clients + size.stalled).step_by(AT_ONCE) {
        let several = (first..(first + AT_ONCE).min(size.clients + size.stalled)).map(|number| async move {
            Client::connect_ready(to, protocol).await.with_context(|| format!("client {number}"))
        });
        for (place, client) in futures::future::try_join_all(several).await?.into_iter().enumerate() {
            if first + place < size.stalled {
                stalled.push(client);
            } else {
                let (seen, tally) = (Arc::clone(seen), tally.clone());
                clients.spawn(async move { client.follow(&seen, tally).await });
            }
            seen.ready.fetch_add(1, Relaxed);
        }
    }
    tokio::select! {
        Some(ended) = clients.join_next() => ended?,
        _ = stopped.wait_for(|stopped| *stopped) => Ok(()),
    }
}
