//! The socket of an HTTP connection, which gives up when its client reads nothing of an answer.
//!
//! hyper limits how long a request may take to arrive, but not how long an answer may take to be read: a client that asks for a large file and
//! then stands still would keep its connection for ever. The socket counts as progress only what the kernel takes, so a
//! client on a slow line may take as long as it needs. The kernel asks for more once about a third of its send buffer is free, which
//! makes the slowest client that is served one of about 1 KiB a second.
//!
//! How many connections may wait for their clients is limited as well, so that others, and WebSocket upgrades above all, always find
//! a place. When a connection is accepted is left to [`crate::server`], and to services with a loop of their own.

use std::io::{self, ErrorKind, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Sleep, sleep};

/// Hears why a connection was closed because of its client: a stable name for metrics.
pub type Closed = dyn Fn(&'static str) + Send + Sync;

/// How patient a server is with clients that do not read, shared by all its connections.
#[derive(Clone)]
pub struct Patience {
    /// How long a client may read nothing.
    limit: Duration,
    /// A place for each connection that waits for its client to read.
    places: Arc<Semaphore>,
    closed: Arc<Closed>,
}

impl Patience {
    /// Clients may read nothing for so long, and only so many of them at a time.
    #[must_use]
    pub fn new(limit: Duration, places: usize, closed: Arc<Closed>) -> Self {
        Self { limit, places: Arc::new(Semaphore::new(places)), closed }
    }
}

/// A connection's socket.
pub struct PatientStream {
    tcp: TcpStream,
    patience: Patience,
    /// Held from when the client first makes the connection wait until everything is written.
    place: Option<OwnedSemaphorePermit>,
    /// Runs while the connection waits. Boxed, since most connections never wait.
    deadline: Option<Pin<Box<Sleep>>>,
}

impl PatientStream {
    /// The socket of a connection that was accepted.
    #[must_use]
    pub const fn new(tcp: TcpStream, patience: Patience) -> Self {
        Self { tcp, patience, place: None, deadline: None }
    }

    /// The socket, for a connection that is a WebSocket from now on.
    #[must_use]
    pub fn into_inner(self) -> TcpStream {
        self.tcp
    }

    /// Watches one attempt to write.
    fn watch(&mut self, cx: &mut Context<'_>, written: Poll<io::Result<usize>>) -> Poll<io::Result<usize>> {
        if written.is_ready() {
            self.deadline = None;
            return written;
        }
        if self.place.is_none() {
            let Ok(place) = Arc::clone(&self.patience.places).try_acquire_owned() else {
                return self.give_up("crowded", "too many other clients do not read either");
            };
            self.place = Some(place);
        }
        let limit = self.patience.limit;
        let deadline = self.deadline.get_or_insert_with(|| Box::pin(sleep(limit)));
        ready!(deadline.as_mut().poll(cx));
        self.give_up("unread", "the client read nothing of the answer for too long")
    }

    fn give_up<T>(&self, reason: &'static str, why: &'static str) -> Poll<io::Result<T>> {
        (self.patience.closed)(reason);
        // Closing resets the connection, so that the kernel does not keep what the client will never read.
        let _ = self.tcp.set_zero_linger();
        Poll::Ready(Err(io::Error::new(ErrorKind::TimedOut, why)))
    }
}

impl AsyncRead for PatientStream {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.tcp).poll_read(cx, buffer)
    }
}

impl AsyncWrite for PatientStream {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.tcp).poll_write(cx, bytes);
        self.watch(cx, written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        parts: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.tcp).poll_write_vectored(cx, parts);
        self.watch(cx, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.tcp.is_write_vectored()
    }

    /// hyper flushes once it has written everything that it holds.
    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.place = None;
        Pin::new(&mut self.tcp).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.tcp).poll_shutdown(cx)
    }
}
